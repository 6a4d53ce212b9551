/// Turns the state of a directory on one day into a revision log that leads to it.
struct DirectoryHistory {
    private struct Entry {
        var package: SandboxPackage
        /// When each tag was uploaded, if that is recorded.
        var uploads: [Int64]?
    }

    /// One revision to be, small enough for a million of them.
    private struct Step {
        var seconds: Int64
        var package: Int32
        /// Index of the tag; -1: the birth; -2: a commit to trunk.
        var tag: Int32
    }

    private let directory: SandboxDirectory
    private var entries: [Entry] = []
    private var indices: [String: Int] = [:]

    init(_ directory: SandboxDirectory) { self.directory = directory }

    mutating func add(_ line: DirectoryFile.Plugin) {
        let added = CivilTime.parse(line.added) ?? 0
        var package = SandboxPackage(slug: line.slug, title: line.name, version: line.version, addedSeconds: added)
        package.stableTag = line.stable_tag
        package.lastUpdatedSeconds = max(CivilTime.parse(line.last_updated) ?? added, added)
        package.requires = line.requires?.text
        package.tested = line.tested?.text
        package.requiresPHP = line.requires_php?.text
        package.requiresPlugins = line.requires_plugins
        package.activeInstalls = line.active_installs
        let isTagCalledTrunk = line.stable_tag == "trunk"
        let names = line.versions.filter { $0 != "trunk" || isTagCalledTrunk }
        self.append(package, names: names, uploads: nil)
    }

    mutating func add(_ line: DirectoryFile.Theme) {
        var uploads: [(name: String, seconds: Int64)] = []
        for (name, time) in line.versions {
            uploads.append((name, time.flatMap { CivilTime.parse($0) } ?? 0))
        }
        uploads.sort { $0.seconds == $1.seconds ? $0.name < $1.name : $0.seconds < $1.seconds }
        let created = CivilTime.parse(line.created) ?? 0
        let born = min(created, uploads.first?.seconds ?? created)
        var package = SandboxPackage(slug: line.slug, title: line.name, version: line.version.text, addedSeconds: born)
        package.lastUpdatedSeconds = CivilTime.parse(line.last_updated) ?? born
        package.requires = line.requires?.text
        package.requiresPHP = line.requires_php?.text
        package.parentTheme = line.template
        package.activeInstalls = line.active_installs
        self.append(package, names: uploads.map(\.name), uploads: uploads.map { max($0.seconds, born) })
    }

    private mutating func append(_ package: SandboxPackage, names: [String], uploads: [Int64]?) {
        var package = package
        package.tags = names.map { SandboxTag(name: $0, addedRevision: 0) }
        self.indices[package.slug] = self.entries.count
        self.entries.append(Entry(package: package, uploads: uploads))
    }

    /// Goes back to the state before the events: new versions are gone, new packages too.
    ///
    /// - Returns: The packages that are gone, without their tags.
    mutating func rewind(_ events: [EventReplay.Event]) -> [SandboxPackage] {
        var gone: [SandboxPackage] = []
        for event in events.reversed() where event.directory == self.directory {
            guard let index = self.indices[event.slug] else { continue }
            if event.isNew {
                self.indices[event.slug] = nil
                var package = self.entries[index].package
                package.tags = []
                gone.append(package)
                continue
            }
            if event.added > 0, event.oldVersion != event.version,
                let tag = self.entries[index].package.tagIndex(event.version)
            {
                self.entries[index].package.tags.remove(at: tag)
                self.entries[index].uploads?.remove(at: tag)
            }
            self.entries[index].package.version = event.oldVersion
            self.entries[index].package.lastUpdatedSeconds = event.oldUpdatedSeconds
            self.entries[index].package.stableTag =
                self.directory == .themes || event.oldStableTag.isEmpty ? event.oldVersion : event.oldStableTag
        }
        return gone
    }

    /// - Returns: The time of the last revision, in microseconds.
    mutating func write(into state: inout SandboxWorld.State) -> Int64 {
        var revisions: [SandboxRevision] = []
        let steps = self.steps()
        revisions.reserveCapacity(steps.count)
        var clock: Int64 = 0
        for step in steps {
            let number = revisions.count + 1
            let index = Int(step.package)
            clock = max(clock + 1, step.seconds * 1_000_000)
            let slug = self.entries[index].package.slug
            let change: SandboxRevision.Change
            switch step.tag {
            case -1:
                self.entries[index].package.bornRevision = number
                change = .birth(slug: slug)
            case -2:
                change = .commit(slug: slug, .trunk())
            case let tag:
                let name = self.entries[index].package.tags[Int(tag)].name
                self.entries[index].package.tags[Int(tag)].addedRevision = Int32(number)
                self.entries[index].package.tags[Int(tag)].revision = Int32(number)
                change = .commit(slug: slug, .tag(name, isLive: name == self.entries[index].package.stableTag))
            }
            if self.directory == .plugins { self.entries[index].package.trunkRevision = number }
            revisions.append(SandboxRevision(microseconds: clock, change: change))
        }
        state[self.directory].load(packages: self.indices.mapValues { self.entries[$0].package }, revisions: revisions)
        return clock
    }

    private func steps() -> [Step] {
        var steps: [Step] = []
        for index in self.indices.values {
            let package = self.entries[index].package
            steps.append(Step(seconds: package.addedSeconds, package: Int32(index), tag: -1))
            let live = package.tagIndex(package.stableTag)
            for tag in package.tags.indices {
                // Where no time is recorded, tags are spread evenly, and the live one is what the last update was.
                let spread = Int64(tag + 1) * (package.lastUpdatedSeconds - package.addedSeconds)
                let even = package.addedSeconds + spread / Int64(package.tags.count + 1)
                let seconds = self.entries[index].uploads?[tag] ?? (tag == live ? package.lastUpdatedSeconds : even)
                steps.append(Step(seconds: seconds, package: Int32(index), tag: Int32(tag)))
            }
            if live == nil, self.directory == .plugins {
                steps.append(Step(seconds: package.lastUpdatedSeconds, package: Int32(index), tag: -2))
            }
        }
        steps.sort { one, other in
            if one.seconds != other.seconds { return one.seconds < other.seconds }
            if one.package != other.package { return one.package < other.package }
            // A birth comes first, a commit to trunk last.
            return (one.tag == -2 ? .max : one.tag) < (other.tag == -2 ? .max : other.tag)
        }
        return steps
    }
}
