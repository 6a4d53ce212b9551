/// One directory: its packages, its revision log, and the old answers that its API still gives.
struct SandboxRepository: Sendable {
    let directory: SandboxDirectory
    let uuid: String
    /// By slug; each is a directory at the top level.
    private(set) var packages: [String: SandboxPackage] = [:]
    /// The index is the revision number; number 0 is empty, as in every repository.
    private(set) var revisions: [SandboxRevision]
    /// What the API answers while it lags: the state before the lag, nil for "unknown then".
    var stale: [String: SandboxPackage?] = [:]
    var lags: [ApiLag] = []
    /// Files at the top level, which look like slugs in a listing read carelessly.
    private(set) var topLevelFiles: [String] = []
    private var sortedSlugs: [String]?

    init(directory: SandboxDirectory, startMicroseconds: Int64) {
        self.directory = directory
        self.uuid =
            directory == .plugins ? "b8457f37-d9ea-0310-8a92-e5e31aec5664" : "5a6e2d0b-0fd0-4d8a-9f2a-6a50b8f0a9d4"
        let origin = SandboxRevision(microseconds: startMicroseconds, change: .commit(slug: "", .empty))
        self.revisions = [origin]
    }

    var youngest: Int { self.revisions.count - 1 }

    /// Top-level names in byte order, directories with a trailing slash, as the listing shows them.
    mutating func topLevel() -> [String] {
        if let sorted = self.sortedSlugs { return sorted }
        var names = self.packages.keys.map { (name: $0, shown: $0 + "/") }
        names += self.topLevelFiles.map { ($0, $0) }
        names.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let sorted = names.map(\.shown)
        self.sortedSlugs = sorted
        return sorted
    }

    mutating func addTopLevelFile(_ name: String) {
        self.topLevelFiles.append(name)
        self.sortedSlugs = nil
    }

    mutating func store(_ package: SandboxPackage) {
        self.keepAnswer(slug: package.slug)
        if self.packages.updateValue(package, forKey: package.slug) == nil { self.sortedSlugs = nil }
    }

    mutating func remove(slug: String) {
        self.keepAnswer(slug: slug)
        self.packages[slug] = nil
        self.sortedSlugs = nil
    }

    /// Appends a revision and returns its number.
    mutating func append(_ change: SandboxRevision.Change, microseconds: Int64) -> Int {
        self.revisions.append(SandboxRevision(microseconds: microseconds, change: change))
        return self.youngest
    }

    /// Fills an empty repository at once, without looking at lags.
    mutating func load(packages: [String: SandboxPackage], revisions: [SandboxRevision]) {
        self.packages = packages
        self.revisions += revisions
        self.sortedSlugs = nil
    }

    func seconds(of revision: Int) -> Int64 {
        self.revisions.indices.contains(revision) ? self.revisions[revision].microseconds / 1_000_000 : 0
    }
}
