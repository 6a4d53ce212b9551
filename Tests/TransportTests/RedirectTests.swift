import FoundationEssentials
import Testing

@testable import Transport

@Suite struct RedirectTests {
    static let hosts: Set<String> = ["cdn.example", "other.example:8443"]

    static func redirect(_ location: String?, from base: String, isPlain: Bool = true, status: Int = 302) throws
        -> Redirect
    {
        let url = try #require(URL(string: base))
        return try Redirect(
            status: status,
            location: location,
            from: url,
            configured: url,
            hosts: Self.hosts,
            isPlain: isPlain
        )
    }

    @Test(arguments: [
        ("/b", "https://a.example/b", false), ("https://A.example/b?c=d", "https://A.example/b?c=d", false),
        ("https://a.example:443/", "https://a.example:443/", false), ("//cdn.example/x", "https://cdn.example/x", true),
        ("https://CDN.example/x", "https://cdn.example/x", true),
        ("https://other.example:8443/", "https://other.example:8443/", true),
    ])
    func `the same host and configured ones may be led to`(_ location: String, _ url: String, _ isElsewhere: Bool)
        throws
    {
        let redirect = try Self.redirect(location, from: "https://a.example/x")
        #expect(redirect.url.absoluteString == url)
        #expect(redirect.isElsewhere == isElsewhere)
    }

    @Test(arguments: [
        ("http://a.example/", "https to http"), ("http://cdn.example/", "https to http"),
        ("https://b.example/", "another host, b.example"), ("https://a.example:8443/", "another port"),
        ("https://a.example.b.example/", "another host"), ("https://other.example/", "another host"),
        ("https://user:hush@a.example/", "a user"), ("file:///etc/passwd", "nowhere"),
        ("gopher://a.example/", "nowhere"),
        ("https://a.example:99999/", "nowhere"), ("https:///x", "nowhere"), ("https://a.example/\u{1}", "nowhere"),
        ("https://[::1]/", "another host"), (String(repeating: "a", count: 5_000), "nowhere"),
    ])
    func `nothing else is followed`(_ location: String, _ reason: String) {
        let error = #expect(throws: RedirectRefusal.self) {
            try Self.redirect(location, from: "https://a.example/x")
        }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
        #expect(error?.description.contains("hush") == false)
    }

    @Test func `http may become https, with the usual ports`() throws {
        #expect(try !Self.redirect("https://a.example/", from: "http://a.example/").isElsewhere)
        #expect(throws: RedirectRefusal.self) {
            try Self.redirect("https://a.example/", from: "http://a.example:8080/")
        }
        #expect(throws: RedirectRefusal.self) {
            try Self.redirect("http://127.0.0.1:6379/", from: "http://127.0.0.1:80/")
        }
    }

    @Test func `a redirect without a place, and one that changes a request with a body, are refused`() {
        #expect(throws: RedirectRefusal.self) { try Self.redirect(nil, from: "https://a.example/") }
        #expect(throws: RedirectRefusal.self) {
            try Self.redirect("/b", from: "https://a.example/", isPlain: false, status: 303)
        }
    }
}
