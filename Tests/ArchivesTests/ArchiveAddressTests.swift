import Testing

@testable import Archives

@Suite struct ArchiveAddressTests {
    @Test(arguments: [
        ("https://api.github.com/repos/a/b/zipball/v1.0", "https://codeload.github.com/a/b/legacy.zip/v1.0"),
        ("https://API.github.com/repos/a/b/tarball/0f", "https://codeload.github.com/a/b/legacy.tar.gz/0f"),
        (
            "https://api.github.com:443/repos/a/b/zipball/refs/tags/v1%231",
            "https://codeload.github.com/a/b/legacy.zip/refs/tags/v1%231"
        ),
    ])
    func `without a token GitHub's archives are asked for where its API leads, then there`(
        _ url: String,
        _ direct: String
    ) throws {
        let address = try ArchiveAddress(url)
        #expect(address.origin == GitHub.com.origin)
        #expect(address.route(hasCredential: false).first.text == direct)
        #expect(address.route(hasCredential: false).then == address)
        #expect(address.route(hasCredential: true).first == address)
        #expect(address.route(hasCredential: true).then == nil)
    }

    @Test(arguments: [
        "https://api.github.com/repos/a/b/zipball", "https://api.github.com/repos/a/b/zipball/",
        "https://api.github.com/repositories/1/zipball/v1", "https://api.github.com/repos/a/b/zipball/v1?x",
        "https://api.github.com/repos//b/zipball/v1", "https://github.com/a/b/archive/v1.zip",
        "https://api.github.example/repos/a/b/zipball/v1", "http://api.github.com/repos/a/b/zipball/v1",
        "https://api.github.com:8443/repos/a/b/zipball/v1", "https://api.github.com/repos/a/b/zipball/v1/",
    ])
    func `anything else is asked for as it is`(_ url: String) throws {
        let address = try ArchiveAddress(url)
        #expect(address.route(hasCredential: false).first == address)
        #expect(address.route(hasCredential: false).then == nil)
    }

    @Test func `an Enterprise's API is asked itself, below its path only, and the public one is as before`() throws {
        let gitHubs = try [GitHub.com, GitHub(api: "https://Git.Example/api/v3/")]
        #expect(gitHubs[1].api == "https://git.example/api/v3" && gitHubs[1].origin == "https://git.example")
        for (url, service) in [
            ("https://git.example/api/v3/repos/a/b/zipball/1", ArchiveAddress.Service.gitHub),
            ("https://git.example/api/v30/repos/a/b/zipball/1", .other), ("https://git.example/a/b/zipball/1", .other),
            ("https://api.github.com/repos/a/b/zipball/1", .gitHub),
        ] {
            let address = try ArchiveAddress(url, gitHubs: gitHubs)
            #expect(address.service == service, "\(url)")
            let isPublic = url.contains("api.github.com")
            #expect((address.route(hasCredential: false).then != nil) == isPublic, "\(url)")
        }
    }

    @Test func `services are known by their addresses`() throws {
        for (url, service) in [
            ("https://gitlab.com/api/v4/projects/a%2Fb/repository/archive.zip?sha=1", ArchiveAddress.Service.gitLab),
            ("https://git.example:8443/api/v4/projects/1/repository/archive.tar.gz?sha=1", .gitLab),
            ("https://git.example/api/v4/projects/1/packages/composer/archives/a/b.zip?sha=1", .gitLab),
            ("https://bitbucket.org/a/b/get/1.zip", .bitbucket), ("https://codeload.github.com/a/b/zip/1", .codeload),
            ("https://downloads.wordpress.org/plugin/a.1.0.zip?nostats=1", .other),
        ] { #expect(try ArchiveAddress(url).service == service, "\(url)") }
    }

    @Test func `a host is the same in any case and with its usual port`() throws {
        #expect(try ArchiveAddress("HTTP://A.example:80/x").origin == "http://a.example")
        #expect(try ArchiveAddress("https://a.example:80/x").origin == "https://a.example:80")
        #expect(try ArchiveAddress("https://[::1]:8080/x").origin == "https://[::1]:8080")
    }

    @Test(arguments: ["", "a", "/a.zip", "ftp://a/b", "https://", "https://u@a/b", "https://u:p@a/b", "git@a:b.git"])
    func `what can't be asked for is refused`(_ url: String) {
        let error = #expect(throws: ArchiveError.self) { try ArchiveAddress(url) }
        #expect(error?.reason == .refused)
    }
}
