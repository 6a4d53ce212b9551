import Composer
import Facts
import Store
import Testing
import Upstream

@testable import Pipeline

/// Which archives are wanted, and what a document says because of those that are there: without any of it being written.
@Suite struct ArchivePublicationTests {
    private func archive(
        _ version: String,
        _ reference: String = "r",
        type: String = "zip",
        url: String = "https://up/x.zip"
    ) -> UpstreamArchive {
        UpstreamArchive(version: version, type: type, url: url, reference: reference)
    }

    private func wanted(_ policy: ArchivePolicy, _ archives: [UpstreamArchive], name: String = "a/b") -> [String] {
        policy.selection(of: archives, package: name).filter(\.isWanted).map(\.archive.version)
    }

    private let versions = ["1.0.0.0", "10.0.0.0", "9.0.0.0", "11.0.0.0-beta1", "2.0.0.0"]

    @Test func `the newest versions are wanted, by what versions mean, and stable ones where that is set`() {
        let archives = self.versions.map { self.archive($0) }
        var policy = ArchivePolicy(url: "https://ours")
        #expect(self.wanted(policy, archives) == self.versions)
        policy.latest = 2
        #expect(self.wanted(policy, archives) == ["10.0.0.0", "11.0.0.0-beta1"])
        policy.isStableOnly = true
        #expect(self.wanted(policy, archives) == ["10.0.0.0", "9.0.0.0"])
        policy.latest = nil
        #expect(self.wanted(policy, archives) == ["1.0.0.0", "10.0.0.0", "9.0.0.0", "2.0.0.0"])
        // Versions that compare equal are told apart all the same, whatever their order.
        policy.latest = 1
        let equal = ["1.01.0.0", "1.1.0.0"].map { self.archive($0) }
        #expect(self.wanted(policy, equal) == self.wanted(policy, equal.reversed()))
    }

    @Test func `what can't be fetched is not wanted, and takes nobody's place`() {
        var policy = ArchivePolicy(url: "https://ours")
        policy.latest = 1
        let archives = [
            self.archive("9.0.0.0", type: "path", url: "/home/a"), self.archive("8.0.0.0", type: "phar"),
            self.archive("7.0.0.0", url: "dist/x.zip"), self.archive("6.0.0.0", url: "https://x/%reference%.zip"),
            self.archive("5.0.0.0", url: "file:///etc/passwd"), self.archive("4.0.0.0", type: "tar"),
            self.archive("3.0.0.0"),
        ]
        #expect(self.wanted(policy, archives) == ["4.0.0.0"])
        (policy.only, policy.exclude) = (["a/*"], ["a/c"])
        #expect(self.wanted(policy, archives) == ["4.0.0.0"])
        #expect(self.wanted(policy, archives, name: "a/c") == [] && self.wanted(policy, archives, name: "b/a") == [])
        #expect(policy.selection(of: archives, package: "b/a").count == 7)
    }

    @Test func `what was found to be too large is not wanted before it may be larger`() {
        let archives = [self.archive("2.0.0.0", "b"), self.archive("1.0.0.0", "a")]
        let refused = [archives[0].identityHash: Int64(10)]
        var policy = ArchivePolicy(url: "https://ours")
        func wanted(_ maxBytes: Int64?) -> [Bool] {
            policy.maxBytes = maxBytes
            return policy.selection(of: archives, package: "a/b", refused: refused).map(\.isWanted)
        }
        #expect(wanted(10) == [false, true] && wanted(11) == [true, true] && wanted(nil) == [true, true])
    }

    @Test func `P6: what no database keeps is passed over`() {
        let archives = [
            self.archive("1.0.0.0", "a\u{0}"), self.archive("2.0.0.0", String(repeating: "r", count: 5_000)),
            self.archive("3.0.0.0", url: "https://x/\u{0}"), self.archive("4.0.0.0"),
        ]
        let listed = ArchivePolicy(url: "https://ours").selection(of: archives, package: "a/b")
        #expect(listed.map(\.archive.version) == ["4.0.0.0"])
    }

    // MARK: Documents

    private func live(_ archive: UpstreamArchive, key: String) -> LiveArchive {
        LiveArchive(
            identity: archive.identityHash,
            version: archive.version,
            reference: archive.reference,
            key: key,
            sha1: "5ha of \(key)"
        )
    }

    private func dist(_ archive: UpstreamArchive) -> String {
        #"{"type":"zip","url":"\#(archive.url)","reference":"\#(archive.reference ?? "")"}"#
    }

    private func text(_ archives: [UpstreamArchive]) -> String {
        let versions = archives.map { archive in
            #"{"version":"\#(archive.version)","version_normalized":"\#(archive.version)","dist":\#(self.dist(archive))}"#
        }
        return #"{"minified":"composer/2.0","packages":{"a/b":[\#(versions.joined(separator: ","))]}}"#
    }

    /// The document of the releases as it is published, and what was counted.
    private func published(
        _ archives: [UpstreamArchive],
        live: [LiveArchive],
        absent: [UpstreamArchive] = [],
        own: [String: String] = [:],
        policy change: (inout ArchivePolicy) -> Void = { _ in }
    ) throws -> (document: DerivedDocument, counts: [Counter: Int]) {
        var policy = ArchivePolicy(url: "https://ours")
        change(&policy)
        let bytes = Array(self.text(archives).utf8)
        var derived = DerivedPackage(
            documents: [
                DerivedDocument(path: "p2/a/b~dev.json", bytes: bytes),
                DerivedDocument(path: "p2/a/b.json", bytes: bytes, part: "main"),
            ],
            latestVersion: nil
        )
        derived.ownVersions = own
        let step = ArchivePublication(
            policy: policy,
            name: "a/b",
            listed: try derived.archives(named: "a/b"),
            live: live,
            absent: Set(absent.map(\.identityHash))
        )
        let (documents, counts) = try Publication().documents(of: derived, closure: nil, archives: step, limit: 1 << 20)
        #expect(documents[0] == derived.documents[0], "that of the branches keeps upstream's")
        return (documents[1], Dictionary(uniqueKeysWithValues: counts.map { ($0.name, $0.count) }))
    }

    private func ours(_ archive: UpstreamArchive, _ key: String, reference: String? = nil) -> String {
        #"{"type":"zip","url":"https://ours/\#(key)","shasum":"5ha of \#(key)","reference":"\#(reference ?? archive.reference ?? "")"}"#
    }

    @Test func `P16: a version whose archive is there names it, the others stay as they are`() throws {
        let archives = [self.archive("2.0.0.0", "b"), self.archive("1.0.0.0", "a")]
        let untouched = try self.published(archives, live: [])
        #expect(String(decoding: untouched.document.bytes, as: UTF8.self) == self.text(archives))
        #expect(untouched.document.part == "main" && untouched.counts.isEmpty)
        let result = try self.published(archives, live: [self.live(archives[1], key: "dist/a")])
        let expected = self.text(archives).replacing(self.dist(archives[1]), with: self.ours(archives[1], "dist/a"))
        #expect(String(decoding: result.document.bytes, as: UTF8.self) == expected)
        #expect(result.document.part == nil && result.document.hasVersions)
        #expect(result.counts[.versionsArchived] == 1 && result.counts[.versionsHeld] == 0)
    }

    @Test func `P17: a version whose tag has moved keeps its former archive until the new one is there`() throws {
        let (former, between, moved) = (
            self.archive("1.0.0.0", "a"), self.archive("1.0.0.0", "b"), self.archive("1.0.0.0", "c")
        )
        let known = [self.live(former, key: "dist/a"), self.live(between, key: "dist/b")]
        let waiting = try self.published([moved], live: known)
        let expected = self.text([moved]).replacing(self.dist(moved), with: self.ours(moved, "dist/b", reference: "b"))
        #expect(String(decoding: waiting.document.bytes, as: UTF8.self) == expected)
        #expect(waiting.counts[.versionsOfFormerArchives] == 1)
        let there = try self.published([moved], live: known + [self.live(moved, key: "dist/c")])
        #expect(String(decoding: there.document.bytes, as: UTF8.self).contains("dist/c"))
        // A tag that was moved back.
        let back = try self.published([former], live: known)
        #expect(String(decoding: back.document.bytes, as: UTF8.self).contains("dist/a"))
        // Where no other comes, upstream's is right.
        let unwanted = try self.published([moved], live: known) { $0.exclude = ["a/b"] }
        #expect(String(decoding: unwanted.document.bytes, as: UTF8.self) == self.text([moved]))
        // What is there stays, wanted or not.
        let kept = try self.published([between], live: known) { $0.exclude = ["a/b"] }
        #expect(String(decoding: kept.document.bytes, as: UTF8.self).contains("dist/b"))
    }

    @Test func `a version that waits for its first archive is left out and counted, where that is set`() throws {
        let archives = [self.archive("3.0.0.0", "c"), self.archive("2.0.0.0", "b"), self.archive("1.0.0.0", "a")]
        let held = try self.published(archives, live: [self.live(archives[1], key: "dist/b")]) {
            ($0.untilArchived, $0.latest) = (.hold, 2)
        }
        // The third is not wanted: nothing would ever come.
        let text = String(decoding: held.document.bytes, as: UTF8.self)
        #expect(!text.contains("3.0.0.0") && text.contains(self.ours(archives[1], "dist/b")))
        #expect(text.contains(self.dist(archives[2])))
        #expect(held.counts[.versionsHeld] == 1 && held.counts[.versionsArchived] == 1 && held.document.hasVersions)
        let none = try self.published(archives, live: []) { $0.untilArchived = .hold }
        #expect(!none.document.hasVersions && none.counts[.versionsHeld] == 3)
    }

    @Test func `a version that upstream has no archive of is left out and counted, where that is not set otherwise`()
        throws
    {
        let archives = [self.archive("3.0.0.0", "c"), self.archive("2.0.0.0", "b"), self.archive("1.0.0.0", "a")]
        let result = try self.published(archives, live: [self.live(archives[1], key: "dist/b")], absent: [archives[0]])
        let text = String(decoding: result.document.bytes, as: UTF8.self)
        #expect(!text.contains("3.0.0.0") && text.contains(self.dist(archives[2])))
        #expect(result.counts[.versionsAbsent] == 1 && result.counts[.versionsHeld] == 0)
        let alone = try self.published(archives, live: [], absent: [archives[0]])
        #expect(alone.counts[.versionsAbsent] == 1 && alone.document.hasVersions)
        let none = try self.published(archives, live: [], absent: archives)
        #expect(none.counts[.versionsAbsent] == 3 && !none.document.hasVersions)
        // Held versions that can have none are counted as such.
        let held = try self.published(archives, live: [], absent: [archives[0]]) { $0.untilArchived = .hold }
        #expect(held.counts[.versionsAbsent] == 1 && held.counts[.versionsHeld] == 2)
        for change: (inout ArchivePolicy) -> Void in [{ $0.missing = .upstream }, { $0.exclude = ["a/b"] }] {
            let kept = try self.published(archives, live: [], absent: [archives[0]], policy: change)
            #expect(String(decoding: kept.document.bytes, as: UTF8.self) == self.text(archives))
        }
    }

    @Test func `P17: a version that had bytes once keeps them, whatever becomes of its tag`() throws {
        let (former, moved) = (self.archive("1.0.0.0", "a"), self.archive("1.0.0.0", "b"))
        let result = try self.published([moved], live: [self.live(former, key: "dist/a")], absent: [moved])
        #expect(String(decoding: result.document.bytes, as: UTF8.self).contains("dist/a"))
        #expect(result.counts[.versionsOfFormerArchives] == 1 && result.counts[.versionsAbsent] == 0)
    }

    @Test func `P1: a version that is ours only is published while its archive is there, and not else`() throws {
        let (own, tagged) = (self.archive("2.0.0.0", "trunk@2"), self.archive("1.0.0.0", "a"))
        let names = ["2.0.0.0": "2.0"]
        let policies: [(inout ArchivePolicy) -> Void] = [
            { _ in }, { $0.missing = .upstream }, { $0.exclude = ["a/b"] }, { $0.latest = 1 },
        ]
        for change in policies {
            let waiting = try self.published([own, tagged], live: [], own: names, policy: change)
            let text = String(decoding: waiting.document.bytes, as: UTF8.self)
            #expect(text == self.text([tagged]) && waiting.counts[.versionsHeld] == 1)
            let absent = try self.published([own], live: [], absent: [own], own: names, policy: change)
            #expect(!absent.document.hasVersions && absent.counts[.versionsAbsent] == 1)
            #expect(String(decoding: absent.document.bytes, as: UTF8.self) == self.text([]))
            let there = try self.published(
                [own, tagged],
                live: [self.live(own, key: "dist/t")],
                own: names,
                policy: change
            )
            #expect(String(decoding: there.document.bytes, as: UTF8.self).contains(self.ours(own, "dist/t")))
            let moved = self.archive("2.0.0.0", "trunk@3")
            let former = try self.published([moved], live: [self.live(own, key: "dist/t")], own: names, policy: change)
            let expected = self.text([moved])
                .replacing(self.dist(moved), with: self.ours(moved, "dist/t", reference: "trunk@2"))
            #expect(String(decoding: former.document.bytes, as: UTF8.self) == expected)
        }
    }

    @Test func `of two versions of one normal form only the one that is meant gets the archive`() throws {
        let (first, second) = (self.archive("1.0.0.0", "a"), self.archive("1.0.0.0", "b"))
        let result = try self.published([first, second], live: [self.live(first, key: "dist/a")])
        let expected = self.text([first, second]).replacing(self.dist(first), with: self.ours(first, "dist/a"))
        #expect(String(decoding: result.document.bytes, as: UTF8.self) == expected)
    }

    @Test func `a policy has a name that tells it from all others`() {
        var policies = [ArchivePolicy(url: "https://ours"), ArchivePolicy(url: "https://other")]
        func add(_ change: (inout ArchivePolicy) -> Void) {
            policies.append(policies[0])
            change(&policies[policies.count - 1])
        }
        add { $0.latest = 5 }
        add { $0.maxBytes = 5 }
        add { $0.isStableOnly = true }
        add { $0.only = ["a/*"] }
        add { $0.only = [] }
        add { $0.exclude = ["a/*"] }
        add { $0.untilArchived = .hold }
        add { $0.missing = .upstream }
        #expect(Set(policies.map(\.fingerprint)).count == policies.count)
    }
}
