import Foundation
import Testing
import Transport

/// Which URLs go through which proxy.
@Suite struct ProxySettingsTests {
    private static func settings(
        http: String? = "plain:3128",
        https: String? = "http://secure:8080/",
        except: String? = nil
    ) -> ProxySettings {
        var problems: [String] = []
        let settings = ProxySettings(http: http, https: https, except: except, problems: &problems)
        #expect(problems == [])
        return settings
    }

    private static func host(_ url: String, except: String? = nil) throws -> String? {
        try Self.settings(except: except).proxy(for: #require(URL(string: url)))?.host
    }

    @Test func `each scheme has its proxy, and may have none`() throws {
        #expect(try Self.host("http://example.org/a") == "plain")
        #expect(try Self.host("https://example.org/a") == "secure")
        let url = try #require(URL(string: "https://example.org"))
        #expect(Self.settings(https: nil).proxy(for: url) == nil)
        #expect(Self.settings(https: "").proxy(for: url) == nil)
    }

    @Test func `a proxy is a host with a port, and credentials that may be encoded`() {
        let proxy = Self.settings(http: "http://ann:p%40ss%3A@[2001:db8::1]:3128").http
        #expect(proxy == ProxySettings.Proxy(host: "2001:db8::1", port: 3128, user: "ann", password: "p@ss:"))
        #expect(Self.settings(http: "http://cache.example").http?.port == 80)
    }

    @Test(arguments: [
        "https://cache.example:3128", "socks5://cache.example:1080", "http://", "http://cache:0", "http://cache/path",
        "ann:s3cret@", "http://ann:s3cret@cache:99999",
    ])
    func `another kind of proxy is refused, and no password is repeated`(_ text: String) {
        var problems: [String] = []
        let settings = ProxySettings(http: nil, https: text, except: nil, problems: &problems)
        #expect(settings.https == nil)
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("HTTPS_PROXY takes http://HOST:PORT") == true)
        #expect(problems.first?.contains("s3cret") == false)
    }

    @Test(arguments: [
        "http://localhost:9000/", "http://Store.localhost/", "http://127.0.0.1/", "http://127.8.8.8:81/",
        "http://[::1]/",
        "http://169.254.169.254/latest", "http://169.254.170.2/", "http://[fe80::1]/",
    ])
    func `this machine and its link are reached without one`(_ url: String) throws {
        #expect(try Self.host(url) == nil)
    }

    @Test(arguments: [
        ("example.org", "https://example.org/", true), ("example.org", "https://api.Example.org./", true),
        (".example.org", "https://api.example.org/", true), (".example.org", "https://example.org/", true),
        ("*.example.org", "https://a.b.example.org/", true), ("EXAMPLE.org", "https://example.org/", true),
        ("example.org", "https://badexample.org/", false), ("example.org", "https://example.org.evil/", false),
        ("example.org:8443", "https://example.org:8443/", true), ("example.org:8443", "https://example.org/", false),
        ("example.org:443", "https://example.org/", true), ("*", "https://anything.example/", true),
        ("one.example, two.example", "https://two.example/", true),
        ("one.example two.example", "https://two.example/", true),
        ("10.0.0.0/8", "http://10.200.3.4:9000/", true), ("10.0.0.0/8", "http://11.0.0.1/", false),
        ("192.0.2.128/25", "http://192.0.2.127/", false), ("192.0.2.128/25", "http://192.0.2.129/", true),
        ("10.1.2.3", "http://10.1.2.3/", true), ("10.1.2.3:9000", "http://10.1.2.3/", false),
        ("2001:db8::/32", "http://[2001:db8:1::5]/", true), ("2001:db8::/32", "http://[2001:db9::5]/", false),
        ("[2001:db8::5]:9000", "http://[2001:DB8::5]:9000/", true), ("2001:db8::5", "http://[2001:db8::5]/", true),
        ("10.0.0.0/8", "http://10.example/", false), ("", "https://example.org/", false),
        (",, ,", "https://a.example/", false),
        ("10.0.0.0/64", "http://10.0.0.1/", false), ("0.0.0.0/0", "http://203.0.113.9/", true),
        (".", "https://a.example/", false),
    ])
    func `what NO_PROXY names is reached without one`(_ names: String, _ url: String, _ isDirect: Bool) throws {
        #expect(try (Self.host(url, except: names) == nil) == isDirect)
    }
}
