import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Store
import TestSupport
import Testing

@testable import Site

/// How somebody who comes for the first time finds what to do.
@Suite struct FrontDoorTests {
    private static func settings(_ url: String? = nil, password: Bool = false, token: Bool = false) -> PageSettings {
        PageSettings(
            publicURL: url,
            sources: SourcePages.tested,
            version: "1.2.3",
            asksPassword: password,
            asksToken: token
        )
    }

    @Test(arguments: ["/", "/packages/wp-plugin/akismet"])
    func `home and package pages say how to add the repository`(_ path: String) async throws {
        try await FilledSite.with(.sqlite, settings: Self.settings("https://packages.example.org")) { site in
            let text = try await site.text(path)
            #expect(text.contains("composer config repositories.packline composer https://packages.example.org<"))
            #expect(text.contains("data-copy=\"setup\""))
            #expect(!text.contains("secure-http") && !text.contains("auth.json"))
        }
        // Composer takes an address without TLS only where it is told to.
        try await FilledSite.with(.sqlite, settings: Self.settings("http://packages.example.org:8080")) { site in
            let text = try await site.text(path)
            #expect(
                text.contains("packline composer http://packages.example.org:8080\ncomposer config secure-http false")
            )
        }
    }

    @Test func `where no setting says where it is reached, the address is the one it was reached by`() async throws {
        try await FilledSite.with(.sqlite, settings: Self.settings()) { site in
            for (fields, address) in [
                ([:], "http://localhost"), ([.xForwardedProto: "https"], "https://localhost"),
            ] as [(HTTPFields, String)] {
                let page = try await site.page("/", fields)
                #expect(String(buffer: page.body).contains("repositories.packline composer \(address)"), "\(address)")
            }
        }
    }

    @Test func `a private repository says what goes into auth.json`() async throws {
        let url = "https://packages.example.org:8443"
        let basic = "{\n    &quot;http-basic&quot;: {\n        &quot;packages.example.org:8443&quot;: "
        let bearer = "{\n    &quot;bearer&quot;: {\n        &quot;packages.example.org:8443&quot;: &quot;TOKEN&quot;"
        for (password, token) in [(true, false), (false, true), (true, true)] {
            try await FilledSite.with(.sqlite, settings: Self.settings(url, password: password, token: token)) { site in
                let text = try await site.text("/packages/wp-plugin/akismet")
                #expect(text.contains("<code>auth.json</code>"))
                #expect(text.contains(basic) == password)
                #expect(text.contains(bearer) == (token && !password))
                #expect(text.contains("A token will do as well") == (token && password))
            }
        }
    }

    @Test func `composer/installers is to be allowed where a package wants it`() async throws {
        try await FilledSite.with(.sqlite) { site in
            let text = try await site.text("/packages/wp-plugin/akismet")
            #expect(!text.contains("allow-plugins"))
        }
        let use = RepositoryUse(PageSettings(publicURL: "https://a.example"), Request.any)
        #expect(
            use.setup(plugins: ["composer/installers"]).text
                .contains("\ncomposer config allow-plugins.composer/installers true<")
        )
    }

    @Test(arguments: TestDatabase.allCases)
    func `who follows a wrong link gets a page, and a program JSON`(_ database: TestDatabase) async throws {
        try await FilledSite.with(database) { site in
            for path in ["/p2/wp-plugin/nothing.json", "/nothing", "/p2/a/b/c.json", "/downloads", "/%3Cscript%3E"] {
                let json = try await site.page(path)
                #expect(json.headers[.contentType] == "application/json", "\(path)")
                #expect(json.headers[.vary]?.contains("Accept") == true)
                let page = try await site.page(path, [.accept: "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"])
                let text = String(buffer: page.body)
                #expect(page.status == json.status)
                #expect(page.headers[.contentType] == "text/html; charset=utf-8", "\(path)")
                #expect(page.headers[.contentSecurityPolicy] != nil)
                #expect(page.headers[.allow] == json.headers[.allow])
                #expect(text.hasPrefix("<!DOCTYPE html>") && !text.contains("<script>"))
                #expect(page.headers[.contentLength].map { $0 == "\(page.body.readableBytes)" } ?? true)
            }
            // The JSON of this one is compressed, and has an ETag.
            let refused = try await site.page(
                "/metadata/changes.json",
                [.accept: "text/html", .acceptEncoding: "gzip"]
            )
            #expect(refused.status == .badRequest && String(buffer: refused.body).hasPrefix("<!DOCTYPE html>"))
            #expect(refused.headers[.contentEncoding] == nil && refused.headers[.eTag] == nil)
            // What is there is the same for all.
            let document = try await site.page("/p2/wp-plugin/akismet.json", [.accept: "text/html"])
            #expect(document.headers[.contentType] == "application/json")
            // The search is for what was looked for.
            let page = try await site.page("/packages/acme/site-kit", [.accept: "text/html"])
            #expect(String(buffer: page.body).contains("name=\"q\" value=\"site-kit\""))
        }
    }
}

extension HTTPField.Name {
    fileprivate static let xForwardedProto = Self("X-Forwarded-Proto") ?? .accept
}

extension Request {
    fileprivate static var any: Request {
        Request(
            head: HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/"),
            body: RequestBody(buffer: .init())
        )
    }
}
