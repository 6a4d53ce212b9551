import Testing

@testable import Transport

@Suite struct AddressRangeTests {
    @Test(arguments: [
        ("8.8.8.8", AddressRange.global), ("127.0.0.1", .loopback), ("127.255.0.1", .loopback), ("0.0.0.0", .loopback),
        ("169.254.169.254", .linkLocal), ("10.1.2.3", .private), ("172.16.0.1", .private), ("172.31.255.255", .private),
        ("172.32.0.1", .global), ("192.168.1.1", .private), ("100.64.0.1", .private), ("100.128.0.1", .global),
        ("198.18.0.1", .private), ("192.0.2.1", .special), ("224.0.0.1", .special), ("255.255.255.255", .special),
        ("::1", .loopback), ("::", .loopback), ("fe80::1", .linkLocal), ("fd12::1", .private), ("fec0::1", .private),
        ("::ffff:10.0.0.1", .private), ("::ffff:169.254.169.254", .linkLocal), ("::127.0.0.1", .loopback),
        ("::ffff:0:10.0.0.1", .private), ("64:ff9b::127.0.0.1", .loopback), ("64:ff9b::8.8.8.8", .global),
        ("64:ff9b:1::1", .private), ("2002:7f00:1::1", .loopback), ("2001:0:1::1", .special),
        ("2001:db8::1", .special), ("ff02::1", .special), ("2606:4700::1111", .global), ("4000::1", .special),
        // What the resolver takes for numbers.
        ("0x7f.1", .loopback), ("2130706433", .loopback), ("017700000001", .loopback),
    ])
    func `an address is in the range that its registry says`(_ text: String, _ range: AddressRange) async {
        let addresses = await HostAddress.all(of: text)
        #expect(addresses.map(\.range) == [range], "\(addresses)")
    }

    @Test func `a name is resolved to its addresses, an unknown one to none`() async {
        let here = await HostAddress.all(of: "localhost")
        #expect(!here.isEmpty && here.allSatisfy { $0.range == .loopback })
        let nowhere = await HostAddress.all(of: "no-such-host.invalid")
        #expect(nowhere.isEmpty)
    }
}
