import Composer
import Testing

/// The addresses that Composer makes of a mirror's template.
@Suite struct MirrorPathTests {
    private func path(_ version: String, _ file: String) throws -> MirrorPath {
        try #require(MirrorPath(name: "acme/kit", version: version, file: file))
    }

    @Test(arguments: [
        ("1.0.0.0", "0aff.zip", "1.0.0.0", "0aff", "zip"), ("1.0.0.0", ".zip", "1.0.0.0", nil, "zip"),
        ("dev-main", "abc.tar", "dev-main", "abc", "tar"),
        // `md5sum` of `tags/1.2@99`, `2.2.1` and `dev-a/b`.
        ("1.2.0.0", "10fb3b2f53594febbed476729e374fd4.zip", "1.2.0.0", "tags/1.2@99", "zip"),
        ("2.2.1.0", "2c837ab2c7cadbdc35b5bd7115e9eff1.zip", "2.2.1.0", "2.2.1", "zip"),
        ("43d9607c40692e833586fa6895a7dc96", "abc.zip", "dev-a/b", "abc", "zip"),
        ("dev-master", "abc.zip", "9999999-dev", "abc", "zip"), ("9999999-dev", "abc.zip", "9999999-dev", "abc", "zip"),
        ("dev-trunk", ".zip", "9999999-dev", nil, "zip"),
    ])
    func `what Composer asks for is the version that it means`(
        _ version: String,
        _ file: String,
        _ normalized: String,
        _ reference: String?,
        _ type: String
    ) throws {
        #expect(try self.path(version, file).names(version: normalized, reference: reference, type: type))
    }

    @Test func `nothing else is that version`() throws {
        let path = try self.path("1.0.0.0", "0aff.zip")
        #expect(!path.names(version: "1.0.0.1", reference: "0aff", type: "zip"))
        #expect(!path.names(version: "1.0.0.0", reference: "0afe", type: "zip"))
        #expect(!path.names(version: "1.0.0.0", reference: nil, type: "zip"))
        #expect(!path.names(version: "1.0.0.0", reference: "0aff", type: "tar"))
        #expect(try !self.path("dev-main", "abc.zip").names(version: "9999999-dev", reference: "abc", type: "zip"))
        // A reference that is spelled as it is where Composer would take its MD5.
        #expect(MirrorPath(name: "acme/kit", version: "1.0.0.0", file: "2.2.1.zip") == nil)
    }

    @Test func `the versions to look for are few, and all where only a digest is there`() throws {
        #expect(try self.path("1.0.0.0", "a.zip").versions == ["1.0.0.0"])
        #expect(try self.path("dev-master", "a.zip").versions == ["dev-master", "9999999-dev"])
        #expect(try self.path(String(repeating: "a1", count: 16), "a.zip").versions == nil)
    }

    @Test(arguments: [
        ("Acme/kit", "1.0", "a.zip"), ("acme", "1.0", "a.zip"), ("acme/kit", "", "a.zip"), ("acme/kit", "1.0", "zip"),
        ("acme/kit", "1.0", "A.zip"), ("acme/kit", "1.0", "a."), ("acme/kit", "1.0", "../a.zip"),
        ("acme/kit", String(repeating: "1", count: 300), "a.zip"),
    ])
    func `what Composer never asks for is no address`(_ name: String, _ version: String, _ file: String) {
        #expect(MirrorPath(name: name, version: version, file: file) == nil)
    }
}
