/// Something that goes wrong with matching requests.
package struct SandboxFault: Equatable, Sendable {
    package enum Effect: Equatable, Sendable {
        /// An answer with this status, in the form that the route's errors have; the request has no effect.
        case status(Int, retryAfterSeconds: Int? = nil)
        /// The connection is reset before the request had an effect.
        case reset
        /// The request takes effect, and the connection is reset instead of the answer.
        case resetAfterEffect
        /// JSON that breaks off inside a string, with status 200 and a correct length.
        case malformedJSON
        /// An error page of a proxy, with status 200.
        case htmlPage
        /// An error of an API, with status 200.
        case jsonError
        /// Nothing at all, with status 200.
        case emptyBody
        /// The real answer is announced and cut in the middle by closing the connection.
        case truncated
        /// The first half of the real answer, announced as if it were all.
        case halved
        /// The real answer with eight bytes in its middle turned into their opposites.
        case flipped
        /// The answer to another path of the sandbox: another package's archive.
        case instead(path: String)
        /// An archive as it was before its last commit, with the date of then, as from a cache that was not told; one of a
        /// Composer repository never was another.
        case stale
        /// An archive with the same files and other bytes, packed anew.
        case rebuilt
        /// A redirect; `{path}` in the location is what was asked for.
        case redirect(location: String, status: Int = 302)
        /// A listing that is well-formed and lacks this share of its entries.
        case shrunk(percent: Int)
        /// A JSON answer of this many bytes, streamed.
        case huge(bytes: Int)
        /// The request is handled and answered later, or when the fault is taken back.
        case delay(milliseconds: Int)
        /// The request takes effect, and is answered later, or when the fault is taken back.
        case lateAnswer(milliseconds: Int)
        /// The real answer, its body a few bytes at a time and this long apart.
        case drip(milliseconds: Int, bytes: Int = 1)
        /// The write takes effect; the ETag in the answer is another one.
        case wrongETag
        /// The real answer, uncompressed, with `text` for the first place that says `original`.
        case rewritten(original: String, text: String)
        /// The real answer with this header.
        case header(name: String, value: String)

        var isDelay: Bool { if case .delay = self { true } else { false } }
    }

    /// A route, or a pattern of routes: `plugins-api-*`.
    package var route: String
    /// A pattern for slugs (API, downloads), keys (store) or paths (the rest, and all of upstream's when it begins with a
    /// slash: `/plugin/akismet.*`); a batch matches when one of its slugs does, and a request to a Composer repository or
    /// to GitHub by its package's name or its path, as `/packagist/*`.
    package var pattern: String
    package var effect: Effect
    /// How many requests it strikes; nil: all.
    package var times: Int?
    /// How many matching requests pass before it strikes.
    package var skip: Int

    package init(_ effect: Effect, route: String = "*", pattern: String = "*", times: Int? = nil, skip: Int = 0) {
        self.effect = effect
        self.route = route
        self.pattern = pattern
        self.times = times
        self.skip = skip
    }

    package init(
        _ effect: Effect,
        route: SandboxRoute,
        pattern: String = "*",
        times: Int? = nil,
        skip: Int = 0
    ) {
        self.init(effect, route: route.rawValue, pattern: pattern, times: times, skip: skip)
    }

    func matches(_ exchange: Exchange) -> Bool {
        guard Glob.matches(self.route, exchange.route.rawValue) else { return false }
        if self.pattern == "*" { return true }
        if let key = exchange.key { return Glob.matches(self.pattern, key) }
        if exchange.route.isComposer || self.pattern.hasPrefix("/") {
            if Glob.matches(self.pattern, exchange.parsedTarget.path) { return true }
        }
        if !exchange.slugs.isEmpty { return exchange.slugs.contains { Glob.matches(self.pattern, $0) } }
        return Glob.matches(self.pattern, exchange.rest)
    }
}
