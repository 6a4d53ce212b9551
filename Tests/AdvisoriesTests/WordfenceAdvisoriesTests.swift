import Composer
import Facts
import Foundation
import TestSupport
import Testing

@testable import Advisories

@Suite struct WordfenceAdvisoriesTests {
    private func read(_ record: String, id: String = WordfenceText.uuid) -> WordfenceAdvisories {
        var read = WordfenceAdvisories()
        read.take(id, Array(record.utf8))
        return read
    }

    private func constraint(_ ranges: String...) -> String? {
        let software = ranges.map { WordfenceText.software("plugin", "a", $0) }.joined(separator: ",")
        return self.read(WordfenceText.record(software)).advisories.first?.advisory.affectedVersions.text
    }

    @Test func `a record is an advisory of each package that it names, with what a copy has to carry`() throws {
        let read = self.read(
            WordfenceText.record(
                WordfenceText.software("plugin", "Foo-Bar", WordfenceText.range("*", "3.5")),
                WordfenceText.software(
                    "theme",
                    "baz",
                    WordfenceText.range("*", "4.8.9"),
                    WordfenceText.range("4.9.2", "4.9.2")
                )
            )
        )
        #expect(
            read.advisories.map(\.subject) == [
                .package(SourceName("wordpress-plugins"), key: "foo-bar"),
                .package(SourceName("wordpress-themes"), key: "baz"),
            ]
        )
        let first = try #require(read.advisories.first)
        #expect(
            first.advisory
                == Advisory(
                    id: "WF/\(WordfenceText.uuid)/foo-bar",
                    affectedVersions: try #require(VersionConstraint("<=3.5")),
                    title: "A <= 1.0 - \"XSS\"",
                    reportedAt: "2025-07-03 00:20:54",
                    sources: [Advisory.Source(name: "Wordfence", remoteID: WordfenceText.uuid)],
                    cve: "CVE-2025-2537",
                    link: "https://w.example/id/\(WordfenceText.uuid)?source=api-prod",
                    severity: "medium"
                )
        )
        #expect(
            first.notices == [
                AdvisoryNotice(notice: "Copyright 1999-2025 The MITRE Corporation", licence: "CVE Usage: …", url: nil),
                AdvisoryNotice(
                    notice: "Copyright 2012-2025 Defiant Inc.",
                    licence: "Defiant hereby grants you …",
                    url: "https://d.example/"
                ),
            ]
        )
        #expect(read.advisories.last?.advisory.affectedVersions.text == "<=4.8.9|=4.9.2")
        #expect(read.troubles == FeedTroubles())
    }

    @Test func `ranges become constraints as typisttech_wpsecadv has them`() {
        let range = WordfenceText.range
        #expect(self.constraint(range("*", "3.3", true, true)) == "<=3.3")
        #expect(self.constraint(range("*", "3.3", true, false)) == "<3.3")
        #expect(self.constraint(range("1.0", "*", false, true)) == ">1.0")
        #expect(self.constraint(range("*", "*", true, true)) == "*")
        #expect(self.constraint(range("*", "3.3", true, true), range("*", "*", true, true)) == "*")
        #expect(
            self.constraint(
                range("4.2", "4.2.31", true, false),
                range("4.1", "4.1.34", true, false),
                range("*", "3", true, true)
            )
                == "<=3|>=4.1,<4.1.34|>=4.2,<4.2.31"
        )
        #expect(self.constraint(range("1.0", "1.0", true, false)) == ">=1.0,<1.0")
    }

    @Test func `P20: bounds that are no versions are cut to one, or their range is left out, and both are counted`() {
        let range = WordfenceText.range
        let mended = self.read(
            WordfenceText.record(WordfenceText.software("plugin", "a", range("*", "1.2.3.4.5", true, false)))
        )
        #expect(mended.advisories.first?.advisory.affectedVersions.text == "<=1.2.3.4")
        #expect(mended.troubles.count(.constraintsMended) == 1)
        let partly = self.read(
            WordfenceText.record(
                WordfenceText.software("plugin", "a", range("*", "trunk", true, true), range("2.0", "2.1", true, true))
            )
        )
        #expect(partly.advisories.first?.advisory.affectedVersions.text == ">=2.0,<=2.1")
        #expect(partly.troubles.count(.constraintsRefused) == 1)
        let refused = self.read(
            WordfenceText.record(WordfenceText.software("plugin", "a", range("*", "all", true, true)))
        )
        #expect(refused.advisories.isEmpty)
        #expect(refused.troubles.found[.constraintsRefused]?.example == "WF/\(WordfenceText.uuid)/a: [*, all]")
        #expect(refused.troubles.isUnread("WF/\(WordfenceText.uuid)/a"))
        #expect(!refused.troubles.isUnread("WF/\(WordfenceText.uuid)/b"))
    }

    @Test func `WordPress itself is both of its packages, and other software is counted`() {
        let range = WordfenceText.range("*", "5.8.3", fromIsIn: true, toIsIn: false)
        let read = self.read(
            WordfenceText.record(
                WordfenceText.software("core", "wordpress", range),
                WordfenceText.software("core", "wpmu", range),
                WordfenceText.software("library", "x", range),
                WordfenceText.software("plugin", "", range)
            )
        )
        #expect(
            read.advisories.map(\.subject)
                == ["wordpress", "wordpress-no-content"].map {
                    .package(SourceName("wordpress-core"), key: $0)
                }
        )
        #expect(read.troubles.count(.otherSoftware) == 3)
    }

    @Test func `a record that can't be read says nothing, and nothing of it is withdrawn`() {
        var read = WordfenceAdvisories()
        read.take("1", Array("{\"title\":".utf8))
        read.take("2", Array("[]".utf8))
        read.take("3", nil)
        read.take("4", Array(#"{"title":"t","software":[],"published":"soon"}"#.utf8))
        read.take("a b", Array(WordfenceText.record().utf8))
        #expect(read.usable == 0 && read.advisories.isEmpty)
        #expect(read.troubles.count(.unreadable) == 5)
        #expect((1...4).allSatisfy { read.troubles.isUnread("WF/\($0)/slug") })
    }

    @Test func `an informational record is taken in as any other, and counted`() {
        let software = WordfenceText.software("plugin", "a", WordfenceText.range("*", "1"))
        let read = self.read(WordfenceText.record(software, more: #","informational":true"#))
        #expect(read.advisories.count == 1)
        #expect(read.troubles.count(.informational) == 1)
    }

    @Test(.enabled(if: TestData.recordedIsThere))
    func `P20: all ranges of Wordfence become the constraints that typisttech_wpsecadv made of them`() throws {
        struct Entry: Decodable { var kind: String; var slug: String; var affectedVersions: String }
        let lines = try TestData.recorded.lines(gzipped: "composer/wordfence/advisories-2026-08-22.ndjson.gz")
        var read = WordfenceAdvisories()
        var expected: [String] = []
        for (index, line) in lines.enumerated() {
            let entry = try JSONDecoder().decode(Entry.self, from: line)
            let ranges = entry.affectedVersions.split(separator: "|").map(Self.range).shuffled()
            let software = WordfenceText.software(entry.kind, entry.slug, ranges.joined(separator: ","))
            read.take("\(index)", Array(WordfenceText.record(software).utf8))
            expected += Array(repeating: entry.affectedVersions, count: entry.kind == "core" ? 2 : 1)
        }
        #expect(lines.count > 40_000)
        #expect(read.advisories.map(\.advisory.affectedVersions.text) == expected)
        #expect(read.troubles == FeedTroubles())
    }

    /// The range that a part of a constraint was made of.
    private static func range(_ part: Substring) -> String {
        if part == "*" { return WordfenceText.range("*", "*") }
        if part.hasPrefix("=") { return WordfenceText.range(String(part.dropFirst()), String(part.dropFirst())) }
        var (from, to, fromIsIn, toIsIn) = ("*", "*", true, true)
        for end in part.split(separator: ",") {
            let includes = end.dropFirst().hasPrefix("=")
            let version = String(end.dropFirst(includes ? 2 : 1))
            if end.hasPrefix("<") { (to, toIsIn) = (version, includes) } else { (from, fromIsIn) = (version, includes) }
        }
        return WordfenceText.range(from, to, fromIsIn: fromIsIn, toIsIn: toIsIn)
    }
}
