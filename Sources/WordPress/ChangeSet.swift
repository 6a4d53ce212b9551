import Composer
import Facts
import Upstream

/// What a stretch of the change log means for the packages of one directory.
///
/// Stretches can be applied in any order, and twice: of each path the newest event and the newest appearance are kept,
/// and of each folder its newest changes.
package struct ChangeSet: Sendable {
    private let layout: PackageType
    /// By slug.
    ///
    /// A slug that was only touched where it makes no difference is not in here.
    package private(set) var packages: [String: PackageChange] = [:]
    package private(set) var items = 0
    /// How often an item touched a plugin only in `assets` or `branches`, neither of which is ever installed.
    package private(set) var neutralItems = 0
    /// Directories whose name can't be asked for, or can't be a Composer name; each counts once.
    package var invalidSlugs: Int { self.invalid.count }
    /// Items that made packages due without saying more: over a limit of what is held of one.
    package private(set) var oversizedItems = 0
    /// The same of items that could not be read in whole, or came where they can't belong.
    package private(set) var damagedItems = 0
    /// Paths that no version can have, or that could not be read.
    package private(set) var droppedPaths = 0

    /// How many packages and paths it says something of, and names of no package; memory follows it.
    package var size: Int { self.facts + self.packages.count + self.invalid.count }

    private var facts = 0
    private var invalid: Set<String> = []

    package init(layout: PackageType) { self.layout = layout }

    /// Takes an item in.
    ///
    /// Items come in ascending order of revisions; the order of paths within one makes no difference.
    package mutating func add(_ item: LogItem) {
        self.items += 1
        self.droppedPaths += item.droppedPaths
        switch item.defect {
        case .oversized: self.oversizedItems += 1
        case .damaged: self.damagedItems += 1
        case nil: break
        }
        var touched = TouchedSlugs(layout: self.layout)
        for path in item.paths { touched.add(path) }
        for (slug, touch) in touched.slugs where self.isUsable(slug) {
            self.droppedPaths += touch.droppedPaths
            guard touch.isMaterial else {
                self.neutralItems += 1
                continue
            }
            self.facts += self.packages[slug, default: PackageChange(revision: item.revision)].apply(touch, item)
        }
    }

    private mutating func isUsable(_ slug: String) -> Bool {
        if self.packages[slug] != nil { return true }
        // Composer's rule for the part after the slash does not depend on the vendor.
        if PackageName.isAskable(slug: slug), PackageName.isValid("x/\(slug)") { return true }
        // As much of it as the longest usable one has: what is kept of many must stay small.
        let start = String(decoding: slug.utf8.prefix(PackageName.maxSlugBytes + 1), as: UTF8.self)
        self.invalid.insert(start)
        return false
    }
}

extension ChangeSet {
    /// What is recorded of each package, by slug.
    var records: [PackageRecord] {
        self.packages.map { slug, change in
            PackageRecord(
                key: slug,
                revision: change.revision,
                dateMilliseconds: change.dateMilliseconds,
                paths: change.paths.map { PathRecord(path: $0, history: $1) }.sorted {
                    $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
                },
                folders: FolderChange.newest(of: change.folders)
            )
        }.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    var tally: ChangeStretch.Tally {
        var tally = ChangeStretch.Tally()
        tally.neutral = self.neutralItems
        tally.oversized = self.oversizedItems
        tally.damaged = self.damagedItems
        tally.droppedPaths = self.droppedPaths
        tally.unusableKeys = self.invalidSlugs
        return tally
    }
}
