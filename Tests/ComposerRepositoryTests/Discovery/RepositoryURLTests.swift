import Testing

@testable import ComposerRepository

@Suite struct RepositoryURLTests {
    @Test(arguments: [
        ("https://a.example", "https://a.example/packages.json", "https://a.example"),
        ("https://a.example/", "https://a.example/packages.json", "https://a.example"),
        ("HTTPS://A.example:8080/sub//", "https://a.example:8080/sub/packages.json", "https://a.example:8080/sub"),
        ("http://[::1]:80/x/packages.json", "http://[::1]:80/x/packages.json", "http://[::1]:80/x"),
        ("https://a.example/x/other.json?t=1#f", "https://a.example/x/other.json?t=1", "https://a.example/x"),
        ("https://a.example/x.json/y", "https://a.example/x.json/y", "https://a.example/x.json/y"),
        ("https://packagist.org", "https://repo.packagist.org/packages.json", "https://repo.packagist.org"),
        ("https://packagist.org/x", "https://packagist.org/x/packages.json", "https://packagist.org/x"),
    ])
    func `the root is below the URL unless its path has .json`(text: String, root: String, folder: String) throws {
        let url = try RepositoryURL(text)
        #expect(url.root == root)
        #expect(url.folder == folder)
    }

    @Test(arguments: [
        ("ftp://a.example", "is no http:// or https:// address"), ("a.example", "is no http:// or https:// address"),
        ("", "is no http:// or https:// address"), ("https://user:secret@a.example/", "credentials"),
        ("https:///x", "host"), ("https://a.example:0", "host"), ("https://a.example:x", "host"),
        ("https://a.example:99999", "host"), ("https://[::1", "host"), ("https://a b.example", "white space"),
        ("https://a.example/\n", "white space"), ("https://a.example?x=y", "/packages.json?"),
        ("https://a\\b.example", "host"), ("https://a.example/" + String(repeating: "x", count: 5_000), "long"),
    ])
    func `P14: a URL that can't be used is refused with what to write instead, and not repeated`(
        text: String,
        reason: String
    ) {
        do {
            _ = try RepositoryURL(text)
            Issue.record("\(text) was taken")
        } catch {
            #expect("\(error)".contains(reason))
            #expect(!"\(error)".contains("secret"))
        }
    }

    @Test(arguments: [
        ("/p2/%package%.json", "https://composer.example/p2/%package%.json"),
        ("//cdn.example/p2", "https://composer.example//cdn.example/p2"),
        ("https://CDN.example/p2?x={y}#z", "https://cdn.example/p2?x=%7By%7D"),
        ("p2/%package%.json", "https://composer.example/sub/p2/%package%.json"),
        ("./p2/../x/", "https://composer.example/sub/x/"), ("../../../../x/..", "https://composer.example/"),
        ("/a b/é", "https://composer.example/a%20b/%C3%A9"),
    ])
    func `addresses are resolved as Composer does, relative ones against the folder`(text: String, url: String) throws {
        #expect(try testURL.resolve(text) == url)
    }

    @Test(arguments: [
        ("ftp://x/y", AddressProblem.notHTTP), ("file:///etc/passwd", .notHTTP), ("http:x", .notHTTP),
        ("https://u:p@x/", .credentials), ("https://%package%/x", .host), (":", .notHTTP),
    ])
    func `P14: what a root names is no reason to leave HTTP`(text: String, problem: AddressProblem) {
        #expect(throws: problem) { try testURL.resolve(text) }
    }

    @Test func `keys of includes are appended to the folder, whatever they are`() throws {
        #expect(try testURL.file("include/all$1$2.json") == "https://composer.example/sub/include/all%241$2.json")
        #expect(try testURL.file("https://x/y") == "https://composer.example/sub/https://x/y")
    }

    @Test func `a template takes names as they are, and the first dollar goes encoded`() throws {
        let template = URLTemplate("https://x/p/%package%$%hash%$.json?100%&%package%")
        #expect(
            template.url(package: "acme/a", hash: AnnouncedHash("12/3"))
                == "https://x/p/acme/a%2412%2F3$.json?100%&acme/a"
        )
        #expect(URLTemplate("https://x/%package%.json").url(package: "acme/a~dev") == "https://x/acme/a~dev.json")
        #expect(URLTemplate("https://x/%package%").url(package: "a?#é%hash%") == "https://x/a%3F%23%C3%A9%25hash%25")
        #expect(URLTemplate("https://x/all.json").url(package: "acme/a") == "https://x/all.json")
        #expect(URLTemplate("https://x/%hash%.json").url(package: "acme/a") == "https://x/%hash%.json")
    }
}
