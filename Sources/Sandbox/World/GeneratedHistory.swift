/// Makes up the history of a directory, one commit after the other.
struct GeneratedHistory {
    private static let words = [
        "form", "gallery", "cache", "seo", "slider", "widget", "backup", "editor", "menu", "shop", "mail", "social",
        "share", "login", "table", "chart", "popup", "cookie", "image", "video", "map", "search", "feed", "code",
        "block",
        "admin", "user", "event", "booking", "review", "quiz", "chat", "font", "icon", "color", "post", "page", "link",
    ]
    /// Directories that exist upstream in one form or another.
    ///
    /// The API knows those that can be asked for.
    private static let oddSlugs = [
        "-dash", "_under", "a---b", "0", "1-2-3", "UPPER-case", "with space", "ünïcode", "100%", "a&b",
        String(repeating: "x", count: 200), String(repeating: "y", count: 201),
    ]

    private var random: SplitMix

    init(seed: UInt64) { self.random = SplitMix(seed: seed ^ 0x5eed) }

    mutating func write(
        _ directory: SandboxDirectory,
        packages: Int,
        revisions: Int,
        into state: inout SandboxWorld.State
    ) {
        var waiting = self.slugs(directory, count: packages)
        var living: [String] = []
        let last = max(revisions, packages)
        for revision in 1...max(1, last) where last > 0 {
            let left = last - revision + 1
            let isBirth =
                !waiting.isEmpty
                && (living.isEmpty || waiting.count >= left || self.random.below(last) < packages * 2)
            if isBirth {
                let slug = waiting.removeLast()
                self.giveBirth(directory, slug, to: &state)
                living.append(slug)
            } else {
                self.commit(directory, living, to: &state)
            }
        }
    }

    // MARK: Births

    private mutating func slugs(_ directory: SandboxDirectory, count: Int) -> [String] {
        var slugs: [String] = []
        for number in 0..<count {
            let words = (0..<(1 + self.random.below(3))).map { _ in Self.words[self.random.below(Self.words.count)] }
            slugs.append("\(words.joined(separator: "-"))-\(directory == .plugins ? "p" : "t")\(number)")
        }
        if directory == .plugins, count >= 20 {
            for (index, slug) in Self.oddSlugs.enumerated() where index < count / 2 { slugs[index] = slug }
        }
        // In reverse, so that the odd ones are born last of all.
        return slugs
    }

    private mutating func giveBirth(
        _ directory: SandboxDirectory,
        _ slug: String,
        to state: inout SandboxWorld.State
    ) {
        var package = SandboxPackage(slug: slug, version: "0.1")
        package.requires = self.random.below(20) == 0 ? nil : "5.\(self.random.below(10))"
        package.tested = self.random.below(20) == 0 ? nil : "6.\(self.random.below(8))"
        package.requiresPHP = ["7.4", "8.0", "5.6.20", nil][self.random.below(4)]
        package.activeInstalls = [0, 10, 100, 1_000, 20_000, 5_000_000][self.random.below(6)]
        if self.random.below(3) == 0 { package.homepage = "https://example.org/\(PackageText.hash(slug) % 100)/" }
        if directory == .plugins {
            package.isListed = DirectoryAPIText.isAskable(slug) && slug.utf8.count <= 200 && self.random.below(30) > 0
            if self.random.below(50) == 0 {
                let reason = ["security-issue", "author-request", "guideline-violation", nil][self.random.below(4)]
                package.closure = SandboxClosure(
                    date: "2024-01-01",
                    reason: reason,
                    isPermanent: reason == "author-request"
                )
            }
        }
        let born = state.tick()
        let revision = state[directory].append(.birth(slug: slug), microseconds: born)
        package.bornRevision = revision
        package.trunkRevision = directory == .plugins ? revision : 0
        package.addedSeconds = born / 1_000_000
        package.lastUpdatedSeconds = package.addedSeconds
        if directory == .plugins { package.stableTag = "trunk" } else { package.isListed = false }
        state[directory].store(package)
    }

    // MARK: Commits

    private mutating func commit(
        _ directory: SandboxDirectory,
        _ living: [String],
        to state: inout SandboxWorld.State
    ) {
        // A few packages take most of the commits.
        let share = Double(self.random.below(1 << 20)) / Double(1 << 20)
        let slug = living[Int(Double(living.count) * share * share)]
        guard var package = state[directory].packages[slug] else { return }
        if directory == .themes, !package.isListed {
            // The first release makes a theme known.
            package.isListed = true
            state[directory].store(package)
        }
        let commit = directory == .plugins ? self.pluginCommit(package) : self.themeCommit(package)
        do {
            _ = try state[directory].commit(slug: slug, commit, microseconds: state.tick())
        } catch {
            // A tag of that name exists already: this commit touches trunk instead.
            _ = try? state[directory].commit(slug: slug, .trunk(), microseconds: state.tick())
        }
    }

    private mutating func pluginCommit(_ plugin: SandboxPackage) -> SandboxCommit {
        let tags = plugin.tags.map(\.name)
        func any(_ index: Int) -> String { tags[index % tags.count] }
        let index = self.random.below(1_000)
        switch self.random.below(1_000) {
        case 0..<300: return .tag(self.nextVersion(after: plugin), isLive: true)
        case 300..<330: return .tag(self.nextVersion(after: plugin) + "-beta1", isLive: false)
        case 330..<430 where plugin.tagIndex(plugin.stableTag) != nil: return .rewriteTag(plugin.stableTag)
        case 430..<450 where !tags.isEmpty: return .rewriteTag(any(index))
        case 450..<490 where tags.count > 3: return .deleteTag(any(index))
        case 490..<510 where !tags.isEmpty: return .renameTag(any(index), to: "v\(any(index))")
        case 510..<600: return .assets
        case 600..<630: return .branches
        case 630..<640 where !tags.isEmpty: return .makeLive(any(index))
        case 640..<650: return .makeLive("trunk")
        case 650..<660: return .empty
        case 660..<663: return .replaceDirectory
        case 663..<673: return .paths(self.oddPaths(plugin.slug))
        default: return .trunk(version: self.random.below(3) == 0 ? self.nextVersion(after: plugin) : nil)
        }
    }

    private mutating func themeCommit(_ theme: SandboxPackage) -> SandboxCommit {
        switch self.random.below(100) {
        case 0..<5 where theme.tags.count > 0: .tag(self.nextVersion(after: theme) + "-rc", isLive: false)
        case 5..<8 where theme.tagIndex(theme.stableTag) != nil: .rewriteTag(theme.stableTag)
        default: .tag(self.nextVersion(after: theme), isLive: true)
        }
    }

    private mutating func nextVersion(after package: SandboxPackage) -> String {
        var parts = package.version.split { !$0.isNumber }.prefix(3).map { Int($0) ?? 0 }
        if parts.isEmpty { parts = [0] }
        let part = min([0, 1, 1, 1, 2, 2, 2, 2, 2, 2][self.random.below(10)], parts.count)
        if part == parts.count { parts.append(1) } else { parts[part] += 1 }
        for rest in parts.indices where rest > part { parts[rest] = 0 }
        return parts.map(String.init).joined(separator: ".")
    }

    /// Names that real repositories hold: spaces, markup, bytes that XML forbids and that are not UTF-8.
    private mutating func oddPaths(_ slug: String) -> [ChangedPath] {
        let trunk = "/\(slug)/trunk/"
        switch self.random.below(4) {
        case 0: return [ChangedPath(.added, .file, bytes: Array(trunk.utf8) + [0x61, 0x07, 0x1b, 0x62])]
        case 1: return [ChangedPath(.added, .file, bytes: Array(trunk.utf8) + [0x63, 0x61, 0x66, 0xe9])]
        case 2: return [ChangedPath(.added, .file, "\(trunk)a b & <c>.txt"), ChangedPath(.modified, .dir, "/")]
        default: return [ChangedPath(.added, .file, "\(trunk)日本 'q' \"d\".txt")]
        }
    }
}
