import TestSupport
import Testing
import Wire

@testable import Composer

@Suite struct AdvisoryTests {
    /// As Packagist's API has it.
    private static let packagist = #"""
        {"advisoryId":"PKSA-q4rt-5vfc-wksb","packageName":"acme/a","remoteId":"GHSA-2697","title":"It \"leaks\" in a/b",
        "link":"https://github.com/advisories/GHSA-2697","cve":"CVE-2024-50701","affectedVersions":"\u003C3.1.3.1",
        "source":"GitHub","reportedAt":"2024-12-30 15:31:59","composerRepository":"https://packagist.org",
        "severity":"medium","sources":[{"name":"GitHub","remoteId":"GHSA-2697"}]}
        """#

    private func entry(_ text: String) throws -> AdvisoryEntry {
        var reader = JSONReader(Array(text.utf8))
        let entry = try AdvisoryEntry(reading: &reader)
        try reader.finish()
        return entry
    }

    private func text(_ advisory: Advisory, packageName: String? = nil, repository: String? = nil) -> String {
        var json = JSONWriter()
        advisory.write(to: &json, packageName: packageName, repository: repository)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private func full(_ text: String) throws -> Advisory {
        guard case .full(let advisory, mended: nil) = try self.entry(text) else {
            throw TestData.Missing(description: "no full entry: \(text)")
        }
        return advisory
    }

    @Test func `an entry of an API is read, and written as an API and as a document has it`() throws {
        let advisory = try self.full(Self.packagist)
        #expect(
            self.text(advisory, packageName: "acme/a", repository: "https://packagist.org") == #"""
                {"advisoryId":"PKSA-q4rt-5vfc-wksb","packageName":"acme/a","remoteId":"GHSA-2697",\#
                "title":"It \"leaks\" in a/b","link":"https://github.com/advisories/GHSA-2697","cve":"CVE-2024-50701",\#
                "affectedVersions":"<3.1.3.1","source":"GitHub","reportedAt":"2024-12-30 15:31:59",\#
                "composerRepository":"https://packagist.org","severity":"medium",\#
                "sources":[{"name":"GitHub","remoteId":"GHSA-2697"}]}
                """#
        )
        let document = self.text(advisory)
        #expect(
            document == #"""
                {"advisoryId":"PKSA-q4rt-5vfc-wksb","title":"It \"leaks\" in a/b",\#
                "link":"https://github.com/advisories/GHSA-2697","cve":"CVE-2024-50701",\#
                "affectedVersions":"<3.1.3.1","reportedAt":"2024-12-30 15:31:59","severity":"medium",\#
                "sources":[{"name":"GitHub","remoteId":"GHSA-2697"}]}
                """#
        )
        #expect(try self.full(document) == advisory)
    }

    @Test func `an entry without severity and with a null CVE is full, as drupal_org's are`() throws {
        let advisory = try self.full(
            #"{"advisoryId":"SA-1","title":"t","cve":null,"affectedVersions":">=1.0 <2.0 || 3.0","sources":{"1":{"#
                + #""name":"n","remoteId":"SA-1"}},"reportedAt":"2017-11-08T17:16:30+02:00"}"#
        )
        #expect(advisory.cve == nil && advisory.severity == nil && advisory.link == nil)
        #expect(advisory.reportedAt == "2017-11-08 15:16:30")
        #expect(advisory.sources == [Advisory.Source(name: "n", remoteID: "SA-1")])
        #expect(self.text(advisory).contains(#""link":null,"cve":null"#))
    }

    @Test(arguments: ["title", "sources", "reportedAt"])
    func `an entry that lacks what Composer's audit needs is partial`(_ member: String) throws {
        let text = Self.packagist.replacing("\"\(member)\":", with: "\"no\":")
        #expect(try self.entry(text) == .partial(id: "PKSA-q4rt-5vfc-wksb", affectedVersions: "<3.1.3.1"))
    }

    @Test func `P20: an entry whose constraint Composer does not parse is mended, or refused`() throws {
        let mended = try self.entry(Self.packagist.replacing(#"\u003C3.1.3.1"#, with: "< = 3.1,"))
        guard case .full(let advisory, mended: "< = 3.1,") = mended else {
            Issue.record("\(mended)")
            return
        }
        #expect(advisory.affectedVersions.text == "<=3.1")
        #expect(
            try self.entry(Self.packagist.replacing(#"\u003C3.1.3.1"#, with: "all of them"))
                == .refused(id: "PKSA-q4rt-5vfc-wksb", constraint: "all of them")
        )
    }

    @Test func `an entry that can't be read says why, and the next one is read`() throws {
        for (text, reason) in [
            ("[]", "an entry that is no object"), ("3", "an entry that is no object"),
            (Self.packagist.replacing("advisoryId", with: "id"), "an entry without advisoryId"),
            (
                Self.packagist.replacing("affectedVersions", with: "versions"),
                "PKSA-q4rt-5vfc-wksb: no affectedVersions"
            ),
            (
                Self.packagist.replacing("2024-12-30 15", with: "yesterday"),
                "PKSA-q4rt-5vfc-wksb: reportedAt is yesterday:31:59, no date"
            ),
        ] {
            guard case .unreadable(_, reason: let found) = try self.entry(text) else {
                Issue.record("\(text)")
                continue
            }
            #expect(found == reason)
        }
        #expect(throws: JSONReader.Failure.self) { try self.entry("{\"advisoryId\":") }
    }

    @Test func `a link that is none is left out, and an entry of too many bytes is unreadable`() throws {
        for link in ["javascript:alert(1)", "https://a b", "//host", ""] {
            let entry = Self.packagist.replacing("https://github.com/advisories/GHSA-2697", with: link)
            #expect(try self.full(entry).link == nil, "\(link)")
        }
        let long = Self.packagist.replacing("leaks", with: String(repeating: "x", count: Advisory.maxBytes))
        guard case .unreadable(id: "PKSA-q4rt-5vfc-wksb", _) = try self.entry(long) else {
            Issue.record("read")
            return
        }
    }

    @Test(
        .enabled(if: TestData.recordedIsThere),
        arguments: ["packagist-api-2024-12", "drupal-org-api"]
    )
    func `P20: every entry of a recorded API is full, and is the same after it was written and read`(
        _ name: String
    ) throws {
        var count = 0
        var reader = JSONReader(try TestData.recorded.bytes("composer/advisories/\(name).json"))
        try reader.readObject { reader, key in
            guard try reader.text(key) == "advisories" else {
                try reader.skipValue()
                return
            }
            try reader.readObject { reader, _ in
                try reader.readArray { reader, _ in
                    guard case .full(let advisory, mended: nil) = try AdvisoryEntry(reading: &reader) else {
                        Issue.record("not full: \(name), after \(count)")
                        return
                    }
                    #expect(try self.full(self.text(advisory)) == advisory)
                    count += 1
                }
            }
        }
        #expect(count > 0)
    }
}
