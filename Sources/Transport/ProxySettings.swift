package import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Through which proxies servers are reached, as curl, Go and Composer read it from the environment.
///
/// This machine and its link (`169.254.169.254` and its like, where clouds keep credentials) are never behind one.
package struct ProxySettings: Sendable, Equatable {
    /// An HTTP proxy; everything goes through it by `CONNECT`, so that it sees nothing but names of hosts.
    package struct Proxy: Sendable, Hashable {
        package var host: String
        package var port: Int
        package var user: String?
        package var password: String?

        package init(host: String, port: Int, user: String? = nil, password: String? = nil) {
            self.host = host
            self.port = port
            self.user = user
            self.password = password
        }
    }

    /// For URLs of `http`.
    package var http: Proxy?
    /// For URLs of `https`.
    package var https: Proxy?
    private var exceptions: [Exception] = []

    package init() {}

    /// - Parameters:
    ///   - http: `HTTP_PROXY`; nil or empty is none.
    ///   - https: `HTTPS_PROXY`.
    ///   - except: `NO_PROXY`: hosts (with those below them), addresses, networks such as `10.0.0.0/8`, each with a port
    ///     where it is only for that; separated by commas or spaces; `*` is everything.
    ///   - problems: Gets what is wrong, without the values, which may hold passwords.
    package init(http: String?, https: String?, except: String?, problems: inout [String]) {
        self.http = Self.proxy(http, "HTTP_PROXY", &problems)
        self.https = Self.proxy(https, "HTTPS_PROXY", &problems)
        let names = (except ?? "").split { $0 == "," || $0.isWhitespace }
        self.exceptions = names.map { Exception(String($0).lowercased()) }
    }

    /// The proxy that leads to a URL; nil where it is reached without one.
    package func proxy(for url: URL) -> Proxy? {
        guard let scheme = url.scheme?.lowercased(), var host = url.host()?.lowercased(), !host.isEmpty,
            let proxy = scheme == "https" ? self.https : self.http
        else { return nil }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        if host.hasSuffix(".") { host.removeLast() }
        guard host != "localhost", !host.hasSuffix(".localhost") else { return nil }
        let address = AddressBytes(host)
        if let address, [.loopback, .linkLocal].contains(address.range) { return nil }
        let port = url.port ?? (scheme == "https" ? 443 : 80)
        return self.exceptions.contains { $0.covers(host, address, port: port) } ? nil : proxy
    }

    private static func proxy(_ text: String?, _ name: String, _ problems: inout [String]) -> Proxy? {
        guard let text, !text.isEmpty else { return nil }
        let url = URL(string: text.contains("://") ? text : "http://\(text)")
        guard let url, url.scheme?.lowercased() == "http", let host = url.host(), !host.isEmpty,
            ["", "/"].contains(url.path()), (1...65_535).contains(url.port ?? 80)
        else {
            problems.append(
                "\(name) takes http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, the URL of an HTTP proxy"
            )
            return nil
        }
        let user = url.user(percentEncoded: false)
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        return Proxy(
            host: isBracketed ? String(host.dropFirst().dropLast()) : host,
            port: url.port ?? 80,
            user: user.flatMap { $0.isEmpty ? nil : $0 },
            password: url.password(percentEncoded: false)
        )
    }
}

/// What is reached without a proxy.
private struct Exception: Sendable, Equatable {
    /// Without a leading dot; empty where it is a network.
    var host = ""
    var network: AddressBytes?
    /// Leading bits of `network` that count.
    var bits = 0
    var port: Int?
    var isEverything = false

    init(_ text: String) {
        var text = text
        if text == "*" {
            self.isEverything = true
            return
        }
        if let slash = text.firstIndex(of: "/"), let network = AddressBytes(String(text[..<slash])),
            let bits = Int(text[text.index(after: slash)...]), (0...network.bytes.count * 8).contains(bits)
        {
            (self.network, self.bits) = (network, bits)
            return
        }
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            if text[end...].hasPrefix("]:") { self.port = Int(text[end...].dropFirst(2)) }
            text = String(text[..<end].dropFirst())
        } else if let colon = text.lastIndex(of: ":"), text.firstIndex(of: ":") == colon {
            self.port = Int(text[text.index(after: colon)...])
            text = String(text[..<colon])
        }
        if let address = AddressBytes(text) {
            (self.network, self.bits) = (address, address.bytes.count * 8)
            return
        }
        // `*.example.org` is how others write `.example.org`.
        if text.hasPrefix("*.") { text.removeFirst() }
        if text.hasSuffix(".") { text.removeLast() }
        self.host = text.hasPrefix(".") ? String(text.dropFirst()) : text
    }

    func covers(_ host: String, _ address: AddressBytes?, port: Int) -> Bool {
        if self.isEverything { return true }
        if let own = self.port, own != port { return false }
        if let network { return address.map { network.holds($0, bits: self.bits) } ?? false }
        guard !self.host.isEmpty, address == nil else { return false }
        return host == self.host || host.hasSuffix(".\(self.host)")
    }
}

/// An address that was written in numbers.
private struct AddressBytes: Sendable, Equatable {
    var bytes: [UInt8]

    init?(_ text: String) {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if inet_pton(family, text, &bytes) == 1 {
                self.bytes = bytes
                return
            }
        }
        return nil
    }

    var range: AddressRange { self.bytes.count == 4 ? AddressRange(ipv4: self.bytes) : AddressRange(ipv6: self.bytes) }

    /// Whether an address is in the network of this one's first `bits`.
    func holds(_ other: AddressBytes, bits: Int) -> Bool {
        guard self.bytes.count == other.bytes.count else { return false }
        return (0..<bits).allSatisfy { bit in
            (self.bytes[bit / 8] ^ other.bytes[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0
        }
    }
}
