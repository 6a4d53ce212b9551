import TestSupport
import Testing
import Upstream

@testable import Composer
@testable import Facts
@testable import WordPress

/// What stretches of log come to, in whatever order they are taken in: what incremental runs and backfills rest on.
@Suite struct ChangeSetCompositionTests {
    /// The rule by which changes are added to what is stored, written down once more.
    struct Stored: Equatable {
        var paths: [String: PathHistory] = [:]
        var folders: [String: Set<FolderChange>] = [:]

        mutating func add(_ changes: ChangeSet) {
            for (slug, change) in changes.packages {
                self.folders[slug, default: []].formUnion(change.folders)
                for (path, history) in change.paths {
                    let known = self.paths["\(slug)/\(path)"] ?? history
                    var newest = history.last.revision >= known.last.revision ? history : known
                    newest.appeared = [history.appeared, known.appeared].compactMap(\.self).max {
                        $0.revision < $1.revision
                    }
                    self.paths["\(slug)/\(path)"] = newest
                }
            }
        }

        func log(_ slug: String) -> PackageLog {
            var log = PackageLog()
            for (path, history) in self.paths where path.hasPrefix("\(slug)/") {
                log.paths[String(path.dropFirst(slug.count + 1))] = PackageLog.Path(newest: history)
            }
            log.folders = FolderChange.newest(of: Array(self.folders[slug] ?? []))
            return log
        }
    }

    private static func changes(_ items: ArraySlice<LogItem>, _ layout: PackageType) -> ChangeSet {
        var changes = ChangeSet(layout: layout)
        for item in items { changes.add(item) }
        return changes
    }

    @Test(arguments: [PackageType.plugin, .theme])
    func `any cut of a history, taken in in any order, and twice, comes to the same`(layout: PackageType) {
        var random = SplitMix(seed: 5)
        for seed in 1...60 {
            var repository = TestRepository(layout: layout, seed: UInt64(seed))
            let items = (1...60).map { _ in repository.commit() }
            var whole = Stored()
            whole.add(Self.changes(items[...], layout))
            for cut in 0...items.count {
                var stretches = [items[..<cut], items[cut...], items[(cut / 2)..<cut]]
                var parts = Stored()
                for stretch in stretches { parts.add(Self.changes(stretch, layout)) }
                #expect(parts == whole, "seed \(seed), cut \(cut)")
                stretches.shuffle(using: &random)
                var mixed = Stored()
                for stretch in stretches { mixed.add(Self.changes(stretch, layout)) }
                #expect(mixed == whole, "seed \(seed), cut \(cut), out of order")
            }
            var single = Stored()
            for item in items.shuffled(using: &random) { single.add(Self.changes([item], layout)) }
            #expect(single == whole, "seed \(seed)")
        }
    }

    /// How the facts of a history fit what is in the repository at its end.
    private struct Outcome {
        var exact = 0
        var safe = 0
        var gone = 0
        var restored = 0
    }

    @Test(arguments: [PackageType.plugin, .theme])
    func `what deleted, restored and replaced folders leave behind has the revision that last changed it`(
        layout: PackageType
    ) {
        var outcome = Outcome()
        for seed in 1...150 {
            var repository = TestRepository(layout: layout, seed: UInt64(seed))
            var stored = Stored()
            for number in 1...60 {
                stored.add(Self.changes([repository.commit()], layout))
                if number % 5 == 0 { Self.check(stored, repository, "seed \(seed), revision \(number)", &outcome) }
            }
        }
        #expect(outcome.exact > 5_000)
        #expect(outcome.restored > 200, "what came back with a copy and kept its revision")
        #expect(outcome.gone > 1_000)
        // Where the copy is older than what was known, the revision of the copy is the one that is certain.
        #expect(outcome.safe > 0 && outcome.safe * 10 < outcome.exact)
    }

    private static func check(
        _ stored: Stored,
        _ repository: TestRepository,
        _ moment: String,
        _ outcome: inout Outcome
    ) {
        for slug in TestRepository.slugs {
            let (facts, gone) = stored.log(slug).newest
            for name in repository.factNames {
                let path = "/\(slug)/\(name)"
                let fact = facts[name] ?? facts[name.hasPrefix("tags/") ? "tags/" : ""]
                guard let node = repository.now[path] else {
                    outcome.gone += gone[name] == nil ? 0 : 1
                    // Of what a copy may have brought back nothing is promised.
                    #expect(gone[name] != nil || fact?.appearedAtMilliseconds == nil, "\(moment): \(path)")
                    continue
                }
                guard let fact, gone[name] == nil else {
                    Issue.record("\(moment): \(path) has no revision")
                    continue
                }
                let before = repository.states[Int(fact.revision)][path]
                #expect(before?.content == node.content, "\(moment): \(path)@\(fact.revision) is something else")
                if fact.revision == node.revision {
                    outcome.exact += 1
                    let folder = repository.now[String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])]
                    if let folder, folder.revision > node.revision, folder.appeared == folder.revision {
                        outcome.restored += 1
                    }
                } else {
                    outcome.safe += 1
                    #expect(fact.revision > node.revision, "\(moment): \(path)")
                }
                if let appeared = fact.appearedAtMilliseconds { #expect(appeared == node.appeared.map { $0 * 1_000 }) }
            }
        }
    }
}
