import Foundation
import TestSupport
import Testing

@testable import Archives

/// Archives that Satis has made, with what it says of them.
@Suite struct RecordedArchivesTests {
    @Test(.enabled(if: TestData.recordedIsThere, "no recorded data; PACKLINE_TEST_DATA names its folder"))
    func `P17: what Satis has packed is taken, and has the SHA-1 that its documents say`() throws {
        let folder = "composer/satis-built/v1-v2-includes-archives"
        let documents = try ["a", "a~dev", "b", "b~dev"].map {
            try TestData.recorded.text("\(folder)/p2/acme/\($0).json")
        }
        for path in [
            "a/acme-a-1.0.0-7ecae7", "a/acme-a-dev-main-70afbc", "a/acme-a-v1.1.0-938cd9", "b/acme-b-1.0.0-dbdbe5",
            "b/acme-b-dev-main-b4ad79", "b/acme-b-v1.1.0-8e1e58",
        ] {
            let archive = try ArchiveCheck.check(TestData.recorded.bytes("\(folder)/dist/acme/\(path).zip"))
            #expect(archive.entryCount == 2)
            #expect(documents.contains { $0.contains(#""\#(archive.digests.sha1)""#) }, "\(path)")
        }
    }
}
