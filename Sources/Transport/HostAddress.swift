import Dispatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One of the addresses that a host's name stands for.
package struct HostAddress: Hashable, Sendable {
    /// As numbers, such as `127.0.0.1`.
    package var literal: String
    package var range: AddressRange

    package init(literal: String, range: AddressRange) {
        self.literal = literal
        self.range = range
    }

    /// Whether it is one of IPv6.
    var isOfSix: Bool { self.literal.contains(":") }

    /// All addresses of `host`, the preferred one first; none when the name is not known.
    ///
    /// The system's resolver reads them, so that what looks like a name and is none (`0x7f.1`) is an address here too.
    @concurrent
    package static func all(of host: String) async -> [HostAddress] {
        // The resolver blocks, for seconds where its servers are away.
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: Self.resolve(host)) }
        }
    }

    private static func resolve(_ host: String) -> [HostAddress] {
        var hints = addrinfo()
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        return sequence(first: list) { $0?.pointee.ai_next }.prefix { $0 != nil }
            .compactMap { $0.flatMap(Self.init(entry:)) }
    }

    private init?(entry: UnsafeMutablePointer<addrinfo>) {
        guard let address = entry.pointee.ai_addr else { return nil }
        let raw = UnsafeRawPointer(address)
        var bytes: [UInt8]
        switch entry.pointee.ai_family {
        case AF_INET:
            bytes = withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in.self).sin_addr) { Array($0) }
            self.range = AddressRange(ipv4: bytes)
        case AF_INET6:
            bytes = withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr) { Array($0) }
            self.range = AddressRange(ipv6: bytes)
        default: return nil
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(entry.pointee.ai_family, &bytes, &text, socklen_t(text.count)) != nil else { return nil }
        self.literal = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
