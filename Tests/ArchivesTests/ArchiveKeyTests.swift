import Composer
import Testing

@testable import Archives

@Suite struct ArchiveKeyTests {
    let digits = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    @Test(arguments: ArchiveKind.allCases)
    func `P17: an archive is called by its SHA-256 and its kind, and can be told by its key`(_ kind: ArchiveKind) {
        let key = ArchiveKey(sha256: ContentHash(of: []), kind: kind)
        #expect(key.description == "dist/e3/b0/\(self.digits).\(kind.rawValue)")
        #expect(ArchiveKey(key.description) == key)
    }

    @Test func `what would not have been written is no key`() {
        let key = "dist/e3/b0/\(self.digits).zip"
        #expect(ArchiveKey(key) != nil)
        for other in [
            "", "dist", "dist/", "/\(key)", "\(key)/", "\(key)x", "x\(key)", key.uppercased(),
            "dist/b0/e3/\(self.digits).zip", "dist/e3/b0/\(self.digits)", "dist/e3/b0/\(self.digits).",
            "dist/\(self.digits).zip",
            "dist/e3/b0/\(self.digits).rar", "dist/e3/b0/\(self.digits).ZIP",
            "dist/e3/b0/\(self.digits.dropLast()).zip",
            "dist/e3/b0/\(self.digits)0.zip", "dist/E3/B0/\(self.digits.uppercased()).zip",
            "p2/e3/b0/\(self.digits).zip",
            "dist/e3/b0/\(self.digits.dropLast())é.zip", "dist//e3/b0/\(self.digits).zip",
        ] { #expect(ArchiveKey(other) == nil, "\(other)") }
    }
}
