import Composer
import Testing
import Upstream

/// Stretches of log that follow each other come to the same as one: what incremental runs rest on.
@Suite struct ChangeSetCompositionTests {
    /// What a database keeps of one path.
    struct Row: Equatable {
        var revision: Int64
        var dateMilliseconds: Int64?
        var appeared: PathChange.Appearance?
        var removed: Bool
    }

    /// The rule by which changes are applied to what is stored, written down once more.
    struct Stored: Equatable {
        var rows: [String: [String: Row]] = [:]
        var revisions: [String: Int64] = [:]
        var dates: [String: Int64] = [:]

        mutating func apply(_ changes: ChangeSet) {
            for (slug, change) in changes.packages {
                if change.revision > self.revisions[slug] ?? 0 {
                    self.revisions[slug] = change.revision
                    self.dates[slug] = change.dateMilliseconds
                }
                var rows = self.rows[slug] ?? [:]
                for (prefix, revision) in change.cleared {
                    for (path, row) in rows where path.hasPrefix(prefix) && row.revision < revision {
                        rows[path]?.removed = true
                        rows[path]?.appeared = nil
                    }
                }
                for (path, fact) in change.facts {
                    let known = rows[path]
                    rows[path] = Row(
                        revision: fact.revision,
                        dateMilliseconds: fact.dateMilliseconds,
                        appeared: fact.removed ? nil : fact.appeared ?? known?.appeared,
                        removed: fact.removed
                    )
                }
                self.rows[slug] = rows
            }
        }
    }

    /// A repository that only remembers which directories there are, and commits things that can really happen.
    struct Repository {
        var directories: Set<String> = []
        let layout: PackageType
        var random: SplitMix

        mutating func item(_ revision: Int64) -> LogItem {
            var paths: [LogPath] = []
            let slugs = ["a", "b", "c"].shuffled(using: &self.random).prefix(Int.random(in: 0...2, using: &self.random))
            for slug in slugs { paths += self.commit("/\(slug)") }
            let hasDate = Int.random(in: 0..<10, using: &self.random) > 0
            return LogItem(
                revision: revision,
                dateMilliseconds: hasDate ? revision * 1_000 : nil,
                paths: paths.shuffled(using: &self.random)
            )
        }

        private mutating func commit(_ slug: String) -> [LogPath] {
            guard self.directories.contains(slug) else { return self.create(slug, .added) }
            let dice = Int.random(in: 0..<20, using: &self.random)
            if dice == 0 { return self.delete(slug) }
            if dice == 1 {
                _ = self.delete(slug)
                return self.create(slug, .replaced)
            }
            let parents = self.layout == .plugin ? ["\(slug)/tags", "\(slug)/assets"] : []
            if dice == 2, let parent = parents.first {
                if !self.directories.contains(parent) { return self.copy(parent, .added) }
                return Bool.random(using: &self.random) ? self.delete(parent) : self.recopied(parent)
            }
            if dice == 3, let assets = parents.last {
                return [LogPath(path: "\(assets)/icon.png", action: .modified, isDirectory: false)]
            }
            let names = self.layout == .plugin ? ["trunk", "tags/1", "tags/2", "tags/3"] : ["1", "2", "3"]
            let path = "\(slug)/\(names.randomElement(using: &self.random) ?? "1")"
            return self.change(path)
        }

        private mutating func change(_ path: String) -> [LogPath] {
            let parent = path.split(separator: "/").dropLast().joined(separator: "/")
            guard self.directories.contains("/\(parent)") else { return self.copy("/\(parent)", .added) }
            guard self.directories.contains(path) else { return self.create(path, .added) }
            switch Int.random(in: 0..<6, using: &self.random) {
            case 0: return self.delete(path)
            case 1:
                _ = self.delete(path)
                return self.create(path, .replaced)
            case 2: return [LogPath(path: path, action: .modified, isDirectory: true)]
            default: return [LogPath(path: "\(path)/file.php", action: .modified, isDirectory: false)]
            }
        }

        private mutating func create(_ path: String, _ action: LogPath.Action) -> [LogPath] {
            self.directories.insert(path)
            var paths = [LogPath(path: path, action: action, isDirectory: true)]
            if Bool.random(using: &self.random) {
                paths.append(LogPath(path: "\(path)/file.php", action: .added, isDirectory: false))
            }
            return paths
        }

        /// A copied directory comes with things in it that the log does not name.
        private mutating func copy(_ path: String, _ action: LogPath.Action) -> [LogPath] {
            self.directories.insert(path)
            if path.hasSuffix("/tags") { self.directories.formUnion(["\(path)/1", "\(path)/2"]) }
            let source = LogPath.CopySource(path: "/elsewhere", revision: 1)
            var paths = [LogPath(path: path, action: action, isDirectory: true, copyFrom: source)]
            if path.hasSuffix("/tags"), Bool.random(using: &self.random) {
                paths.append(LogPath(path: "\(path)/1/file.php", action: .modified, isDirectory: false))
            }
            return paths
        }

        private mutating func recopied(_ path: String) -> [LogPath] {
            _ = self.delete(path)
            return self.copy(path, .replaced)
        }

        private mutating func delete(_ path: String) -> [LogPath] {
            self.directories = self.directories.filter { $0 != path && !$0.hasPrefix(path + "/") }
            return [LogPath(path: path, action: .deleted, isDirectory: true)]
        }
    }

    @Test(arguments: [PackageType.plugin, .theme])
    func `any cut of a history, applied in order, comes to the same`(layout: PackageType) {
        var sawCleared = false
        var sawReturn = false
        for seed in 1...60 {
            var repository = Repository(layout: layout, random: SplitMix(seed: UInt64(seed)))
            let items = (1...60).map { repository.item(Int64($0)) }
            var whole = Stored()
            let all = Self.changes(items[...], layout)
            whole.apply(all)
            for cut in 0...items.count {
                var parts = Stored()
                parts.apply(Self.changes(items[..<cut], layout))
                parts.apply(Self.changes(items[cut...], layout))
                #expect(parts == whole, "seed \(seed), cut \(cut)")
            }
            var single = Stored()
            for item in items { single.apply(Self.changes([item], layout)) }
            #expect(single == whole, "seed \(seed)")
            sawCleared = sawCleared || all.packages.values.contains { !$0.cleared.isEmpty }
            sawReturn = sawReturn || whole.rows.values.contains { rows in rows.values.contains { $0.removed } }
            Self.checkAgainstTruth(whole, repository)
        }
        #expect(sawCleared && sawReturn)
    }

    /// Whatever is stored as there is there in truth. (What came with a copy may be there without being stored.)
    private static func checkAgainstTruth(_ stored: Stored, _ repository: Repository) {
        for (slug, rows) in stored.rows {
            for (path, row) in rows {
                #expect(row.removed || repository.directories.contains("/\(slug)/\(path)"), "\(slug)/\(path)")
            }
        }
    }

    private static func changes(_ items: ArraySlice<LogItem>, _ layout: PackageType) -> ChangeSet {
        var changes = ChangeSet(layout: layout)
        for item in items { changes.add(item) }
        return changes
    }
}
