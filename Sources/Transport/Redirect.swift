package import FoundationEssentials

/// How far redirects are followed.
package enum RedirectPolicy: Sendable {
    /// To the configured host, and to those that were configured besides.
    case configured
    /// To any host: for what is not believed for where it comes from, but for its bytes, which are checked.
    case anywhere

    /// The most in a row.
    ///
    /// An archive is often behind a rename, a service for files and the store of that.
    package var limit: Int { self == .configured ? 3 : 10 }
}

/// Where a redirect of a configured URL leads, if it may be followed.
///
/// To the same host and port it may; to another host only where that was configured too, or where any may be led to, and
/// then with nothing of the request but its method: no body and no headers. From https to http never.
package struct Redirect: Equatable, Sendable {
    package var url: URL
    /// Whether it leads away from the configured host.
    package var isElsewhere: Bool

    package static func isRedirect(status: Int) -> Bool { [301, 302, 303, 307, 308].contains(status) }

    /// - Parameters:
    ///   - status: One of ``isRedirect(status:)``.
    ///   - base: What answered.
    ///   - configured: The URL that was set.
    ///   - hosts: `HOST` or `HOST:PORT`, in lower case, that may be led to as well; nil for any.
    ///   - isPlain: Whether the request is a GET or HEAD without a body.
    /// - Throws: ``RedirectRefusal``.
    package init(
        status: Int,
        location: String?,
        from base: URL,
        configured: URL,
        hosts: Set<String>?,
        isPlain: Bool
    ) throws {
        guard let location, location.utf8.count <= 4_096,
            location.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let url = URL(string: location, relativeTo: base)?.absoluteURL,
            let place = Place(url), let from = Place(base), let origin = Place(configured)
        else { throw RedirectRefusal("leads nowhere that can be read") }
        guard url.user() == nil, url.password() == nil else { throw RedirectRefusal("leads to a URL with a user") }
        guard place.isSecure || !from.isSecure else { throw RedirectRefusal("leads from https to http") }
        guard isPlain || status != 303 else { throw RedirectRefusal("asks for another request than this") }
        if place.isSame(as: origin) {
            self.url = url
            self.isElsewhere = false
            return
        }
        guard hosts.map({ place.isIn($0) }) ?? true else {
            let name = place.nameToShow.map { ", \($0)" } ?? ""
            throw RedirectRefusal(
                place.host == origin.host
                    ? "leads to another port" : "leads to another host\(name) (PACKLINE_REDIRECT_HOSTS may allow it)"
            )
        }
        guard isPlain else { throw RedirectRefusal("leads to another host, which the request's body is not for") }
        // The host as it was judged, and as clients will look for it.
        var parts = URLComponents(url: url, resolvingAgainstBaseURL: true)
        parts?.host = place.host
        guard let url = parts?.url else { throw RedirectRefusal("leads nowhere that can be read") }
        self.url = url
        self.isElsewhere = true
    }

    /// Scheme, host and port.
    private struct Place {
        var isSecure: Bool
        var host: String
        var port: Int

        init?(_ url: URL) {
            guard let scheme = url.scheme?.lowercased(), scheme == "http" || scheme == "https",
                var host = url.host()?.lowercased(), !host.isEmpty
            else { return nil }
            if host.hasSuffix(".") { host.removeLast() }
            self.isSecure = scheme == "https"
            self.host = host
            self.port = url.port ?? (self.isSecure ? 443 : 80)
            guard (1...65_535).contains(self.port), !host.isEmpty else { return nil }
        }

        var hasUsualPort: Bool { self.port == (self.isSecure ? 443 : 80) }

        func isIn(_ hosts: Set<String>) -> Bool {
            hosts.contains("\(self.host):\(self.port)") || (self.hasUsualPort && hosts.contains(self.host))
        }

        /// The same port, or the usual one of https in place of that of http.
        func isSame(as other: Place) -> Bool {
            self.host == other.host && (self.port == other.port || (self.hasUsualPort && other.hasUsualPort))
        }

        /// A name that is nothing but that; what else an answer has in it is not repeated.
        var nameToShow: String? {
            let isName =
                self.host.utf8.count <= 100
                && self.host.utf8.allSatisfy {
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".")
                        || $0 == UInt8(ascii: "-")
                }
            return isName ? self.host : nil
        }
    }
}

/// Why a redirect is not followed, in words that hold nothing of the answer but a plain host name.
package struct RedirectRefusal: Error, Equatable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }

    package static func tooMany(_ limit: Int) -> RedirectRefusal { RedirectRefusal("follows \(limit) others") }
}
