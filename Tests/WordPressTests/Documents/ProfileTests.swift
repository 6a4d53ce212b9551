import Facts
import Testing

@testable import WordPress

/// What pages tell of a plugin or theme beside its documents.
@Suite struct ProfileTests {
    private func profile(_ payload: Payload) throws -> PackageProfile {
        let settings = DirectorySettings(payload.type)
        let source = DirectorySource(settings)
        let profile = try #require(source.profile)
        // As it is stored, and read again.
        return try profile(source.parts(of: payload), payload.slug)
    }

    private func payload(_ tags: [String], of type: PackageType = .plugin, live: String = "2.0") -> Payload {
        Payload(
            type: type,
            slug: "site-kit",
            version: live,
            stableTag: type == .plugin ? live : nil,
            versions: tags.map { VersionLink(tag: $0, url: "https://down.example/\($0).zip") }
        )
    }

    @Test func `which WordPress it wants is told as far as upstream says it in numbers`() throws {
        for (least, tested, told) in [
            ("6.2", "6.9", "6.2 or newer, tested up to 6.9"), ("6.2", nil, "6.2 or newer"),
            (nil, "6.9", "tested up to 6.9"), ("WordPress 5", "trunk", nil), (nil, nil, nil),
        ] as [(String?, String?, String?)] {
            var payload = self.payload(["2.0"])
            (payload.requiresWordPress, payload.testedWordPress) = (least, tested)
            #expect(try self.profile(payload).traits.map(\.value) == [told].compactMap { $0 })
        }
    }

    @Test func `tags that are held back or refused are told, each with the reason`() throws {
        let leftOut = try self.profile(self.payload(["1.0", "2.0", "2.0.0", "3.0", "no version"])).leftOut
        #expect(leftOut.map(\.version) == ["3.0", "2.0.0", "no version"])
        for (version, reason) in zip(leftOut, ["held back: it is above 2.0", "the same version as 2.0", "refused: "]) {
            #expect(version.reason.contains(reason), "\(version.version)")
        }
        var odd = self.payload(["2.0"])
        odd = Payload(
            type: .plugin,
            slug: odd.slug,
            version: "2.0",
            versions: [VersionLink(tag: "1.0", url: "ftp://down.example/1.0.zip")]
        )
        #expect(try self.profile(odd).leftOut.map(\.reason).first?.contains("no address") == true)
    }

    @Test func `plugins have a page of changes, and themes have none`() throws {
        #expect(
            try self.profile(self.payload(["2.0"])).changelog == "https://wordpress.org/plugins/site-kit/#developers"
        )
        #expect(try self.profile(self.payload(["2.0"], of: .theme)).changelog == nil)
    }

    @Test func `a payload of before says nothing of WordPress, and is read all the same`() throws {
        let stored =
            #"{"type":"wordpress-plugin","slug":"a","title":"","shortDescription":"","version":"1","author":"","versions":[]}"#
        let payload = try Payload(canonicalJSON: Array(stored.utf8))
        #expect(payload.requiresWordPress == nil && payload.testedWordPress == nil)
        #expect(String(decoding: payload.canonicalJSON(), as: UTF8.self) == stored)
    }
}
