import Composer
import Facts
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// What a change costs in a large tree.
@Suite struct TreeGroupTests {
    /// Documents of packages that no upstream has, dirty.
    private func publish(_ names: [String], _ pipeline: Pipeline) async throws {
        let blob = Blob(of: Array("{\"packages\":[]}".utf8))
        _ = try await pipeline.store.engine.write { session in
            var references = BlobReferences()
            let objects = names.map { ($0, nil, blob) as Store.ObjectContent }
            _ = try Store.setContents(
                objects.map { (DocumentName.main(of: $0.0).path, $0.1, $0.2) },
                references: &references,
                run: 1,
                session
            )
            try references.write(session)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a change in a large tree touches its document, one listing and the root`(
        _ database: TestDatabase
    ) async throws {
        try await ProviderTreeTests.with(database, packages: 1) { pipeline, _ in
            let names = (0..<4_000).map { "many/p\($0)" }
            try await self.publish(names, pipeline)
            let built = try await pipeline.sync()
            #expect(built.exit == .done)
            #expect(built.counters[.treeDocuments] == 4_000)
            #expect(built.counters[.treeListings] == 4)
            let before = pipeline.bucket()
            #expect(try #require(try pipeline.tree()).count == 4_000)

            try await pipeline.publish(
                #"{"packages":{"many/p7":[{"name":"many/p7","version":"1.0"}]}}"#,
                at: "p2/many/p7.json"
            )
            let changed = try await pipeline.sync()
            #expect(changed.counters[.treeDocuments] == 1)
            #expect(changed.counters[.treeListings] == 1)
            #expect(changed.counters[.treeRoots] == 1)
            #expect(changed.counters[.objectsUploaded] == 4, "its document twice, a listing, the root")
            let after = pipeline.bucket()
            #expect(after.keys.filter { before[$0] == nil }.count == 2)
            #expect(before.keys.filter { after[$0] != before[$0] }.sorted() == ["p2/many/p7.json", "v1/packages.json"])

            // A group that grows too large becomes two; the others keep their listings.
            let listings = pipeline.treeFiles.filter { TreeFile(key: $0)?.isListing == true }
            let group = try #require(TreeGroup.everything.halves?.0.halves?.0)
            let more = (0..<20_000).lazy.map { "more/p\($0)" }.filter {
                (group.first...group.last).contains(TreeGroup.place(of: $0))
            }
            let added = Array(more.prefix(700))
            try await self.publish(added, pipeline)
            let grown = try await pipeline.sync()
            #expect(grown.counters[.treeListings] == 2)
            #expect(grown.counters[.objectsUploaded] == 2 * added.count + 3)
            #expect(pipeline.treeFiles.isSuperset(of: listings), "nobody has to hurry")
            #expect(try #require(try pipeline.tree()).count == 4_700)
        }
    }

    @Test func `groups are ranges of places that halve, each with a name of its own`() {
        #expect(TreeGroup.everything.listingName == "provider-00000000-0")
        var groups = [TreeGroup.everything]
        for _ in 0..<5 { groups = groups.flatMap { group in group.halves.map { [$0.0, $0.1] } ?? [] } }
        #expect(groups.count == 32 && Set(groups.map(\.listingName)).count == 32)
        #expect(zip(groups, groups.dropFirst()).allSatisfy { $0.last + 1 == $1.first })
        #expect(groups[31].last == 0xFFFF_FFFF && groups[31].listingName == "provider-f8000000-5")
        #expect(TreeGroup(first: 7, last: 7).halves == nil)
        for name in ["a/b", "acme/site-kit", "monolog/monolog"] {
            #expect(groups.count { ($0.first...$0.last).contains(TreeGroup.place(of: name)) } == 1)
        }
    }
}
