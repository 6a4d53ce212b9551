/// Where an IP address leads, as the registries of special addresses say (RFC 6890 and its successors).
package enum AddressRange: String, Sendable, Hashable {
    /// Anywhere on the internet.
    case global
    /// This machine, `0.0.0.0` and `::` included, which connect to it.
    case loopback
    /// The next machine, and the metadata services of clouds.
    case linkLocal = "link-local"
    /// Networks of one's own, those behind a carrier's address translation included.
    case `private`
    /// What no server has: multicast, documentation, reserved.
    case special

    package init(ipv4 address: [UInt8]) {
        precondition(address.count == 4)
        switch (address[0], address[1], address[2]) {
        case (0, _, _), (127, _, _): self = .loopback
        case (169, 254, _): self = .linkLocal
        case (10, _, _), (172, 16...31, _), (192, 168, _), (100, 64...127, _), (198, 18...19, _): self = .private
        case (192, 0, 0), (192, 0, 2), (192, 88, 99), (198, 51, 100), (203, 0, 113), (224..., _, _): self = .special
        default: self = .global
        }
    }

    package init(ipv6 address: [UInt8]) {
        precondition(address.count == 16)
        func begins(_ prefix: [UInt8]) -> Bool { address.starts(with: prefix) }
        let last = Array(address[12...])
        switch true {
        case begins([UInt8](repeating: 0, count: 15)) && address[15] <= 1: self = .loopback
        // IPv4 in other clothes: mapped, compatible, translated, NAT64, 6to4.
        case begins([UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]), begins([UInt8](repeating: 0, count: 12)),
            begins([UInt8](repeating: 0, count: 8) + [0xFF, 0xFF, 0, 0]),
            begins([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]):
            self = AddressRange(ipv4: last)
        case begins([0x20, 0x02]): self = AddressRange(ipv4: Array(address[2..<6]))
        case begins([0, 0x64, 0xFF, 0x9B, 0, 1]), address[0] & 0xFE == 0xFC,
            begins([0xFE]) && address[1] & 0xC0 == 0xC0:
            self = .private
        case begins([0xFE]) && address[1] & 0xC0 == 0x80: self = .linkLocal
        // Teredo hides an IPv4 address; the others are for documentation.
        case begins([0x20, 0x01, 0, 0]), begins([0x20, 0x01, 0x0D, 0xB8]),
            begins([0x3F, 0xFF]) && address[2] & 0xF0 == 0:
            self = .special
        case address[0] & 0xE0 == 0x20: self = .global
        default: self = .special
        }
    }
}
