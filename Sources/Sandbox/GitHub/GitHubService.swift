import HTTPTypes
import Hummingbird
import NIOCore

/// GitHub, as far as archives come from it: the API that redirects, and codeload that sends.
struct GitHubService: Sendable {
    static let json = "application/json; charset=utf-8"
    /// What a URL of codeload's has for a private repository; the real one is another each time.
    private static let pass = "token=sandbox-pass"

    let host: GitHubHost
    let mounts: [ComposerMount]
    let baseURL: String
    let sizes: ArchiveSizes

    func reply(to exchange: Exchange, _ address: GitHubAddress, nowSeconds: Int64) -> Reply {
        let authorization = exchange.headers[.authorization]
        guard address.isAPI else {
            self.host.countArchive(hasCredentials: authorization != nil)
            return self.archive(exchange, address)
        }
        switch self.host.admit(authorization, now: nowSeconds) {
        case .wrongToken: return Self.error(.unauthorized, "Bad credentials")
        case .limited(let limit, let until):
            var reply = Self.refusal(limit)
            // A secondary limit says nothing of the first one's state.
            let left = limit.retryAfterSeconds == nil ? 0 : limit.requests
            Self.tell(&reply, left: left, of: limit.requests, until: until)
            return reply
        case .admitted(let left, let count, let until):
            var reply = self.redirect(exchange, address, hasToken: authorization != nil)
            Self.tell(&reply, left: left, of: count, until: until)
            return reply
        }
    }

    static func error(_ status: HTTPResponse.Status, _ message: String) -> Reply {
        let text = "{\"message\":\"\(message)\",\"documentation_url\":\"https://docs.github.com/rest\"}"
        return Reply(status: status, contentType: Self.json, text)
    }

    private static func refusal(_ limit: GitHubLimit) -> Reply {
        let isSecondary = limit.retryAfterSeconds != nil
        var reply = Self.error(
            HTTPResponse.Status(code: limit.status),
            isSecondary ? "You have exceeded a secondary rate limit." : "API rate limit exceeded for 127.0.0.1."
        )
        if let seconds = limit.retryAfterSeconds { reply.headers[.retryAfter] = "\(seconds)" }
        return reply
    }

    private static func tell(_ reply: inout Reply, left: Int, of count: Int, until: Int64) {
        reply.headers[.rateLimitLimit] = "\(count)"
        reply.headers[.rateLimitRemaining] = "\(left)"
        reply.headers[.rateLimitReset] = "\(until)"
        reply.headers[.rateLimitUsed] = "\(count - left)"
        reply.headers[.rateLimitResource] = "core"
    }

    /// The API's answer to who may ask.
    private func redirect(_ exchange: Exchange, _ address: GitHubAddress, hasToken: Bool) -> Reply {
        let found: GitHubHost.Found?
        let reference: String
        switch address.kind {
        case .zipball(let repository, let asked):
            (found, reference) = (self.host.repository(named: repository), asked)
        case .byNumber(let number, let asked):
            (found, reference) = (self.host.repository(number: number), asked)
        case .archive, .other: return Self.error(.notFound, "Not Found")
        }
        guard let found, self.version(of: found, reference) != nil, hasToken || !found.isPrivate else {
            return Self.error(.notFound, "Not Found")
        }
        if let number = found.number, let asked = address.repository, asked != found.name {
            let url = address.url(isAPI: true, baseURL: self.baseURL)
            var reply = Self.error(.movedPermanently, "Moved Permanently")
            reply.headers[.location] = "\(url)/repositories/\(number)/zipball/\(reference)"
            return reply
        }
        let url = address.url(isAPI: false, baseURL: self.baseURL)
        let pass = found.isPrivate ? "?\(Self.pass)" : ""
        return Reply(status: .found, headers: [.location: "\(url)/\(found.name)/legacy.zip/\(reference)\(pass)"])
    }

    /// The archive, as codeload sends it: made on the way, of a length that is not told before, without a date.
    private func archive(_ exchange: Exchange, _ address: GitHubAddress) -> Reply {
        guard case .archive(let repository, let reference) = address.kind,
            let found = self.host.repository(named: repository), found.name == repository,
            let (mount, version) = self.version(of: found, reference),
            !found.isPrivate || exchange.parsedTarget.rawQuery == Self.pass
        else { return Reply(status: .notFound, contentType: "text/plain; charset=utf-8", "404: Not Found") }
        let folder = found.name.replacing("/", with: "-")
        let archive = ComposerArchive.zip(
            found.package,
            version,
            folder: folder,
            isRebuilt: exchange.build == .rebuilt,
            bytes: self.sizes.bytes(mount: mount, name: found.package, reference: reference)
        )
        let name = "\(folder)-\(reference.prefix(7)).zip"
        var asked = exchange
        // It knows neither dates nor ranges.
        for field in [.range, .ifModifiedSince] as [HTTPField.Name] { asked.headers[field] = nil }
        var reply = Reply.archive(archive, name: name, seconds: version.seconds, to: asked)
        reply.headers[.lastModified] = nil
        reply.headers[.acceptRanges] = nil
        if exchange.method == "GET", reply.status == .ok {
            reply.body = .stream { writer in
                for piece in archive { try await writer.write(piece) }
                try await writer.finish(nil)
            }
        }
        return reply
    }

    private func version(of found: GitHubHost.Found, _ reference: String) -> (mount: String, ComposerVersion)? {
        for mount in self.mounts {
            if let version = mount.world.version(of: found.package, reference: reference) {
                return (mount.name, version)
            }
        }
        return nil
    }
}
