import Testing
import Wire

@Suite struct AuthorityTests {
    @Test(
        arguments: [
            ("composer.example", "composer.example", nil), ("Composer.Example:8080", "composer.example", 8_080),
            ("[::1]", "[::1]", nil), ("[2001:DB8::1]:443", "[2001:db8::1]", 443), ("127.0.0.1:0", "127.0.0.1", 0),
            ("a_b-c.example:65536", "a_b-c.example", 65_536),
        ] as [(String, String, Int?)]
    )
    func `a host may have a port`(_ text: String, _ host: String, _ port: Int?) {
        let authority = Authority(text.utf8)
        #expect(authority?.host == host)
        #expect(authority?.port == port)
    }

    @Test(arguments: [
        "", ":80", "host:", "host:x", "host:-1", "host:80:80", "host:99999999999999999999", "user@host", "ho st",
        "höst", "ho~st",
        "[]", "[::1", "[::1]x", "[::1]:", "[host]", "host?x", "host/x",
    ])
    func `anything else is none`(_ text: String) { #expect(Authority(text.utf8) == nil) }
}
