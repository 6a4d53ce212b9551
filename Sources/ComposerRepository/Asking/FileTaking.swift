import Composer
import Facts
import Logging
import Upstream

/// Takes files in that are named by hash, until there is enough for one stretch.
struct FileTaking {
    /// What a file has of its own, and the files that it names.
    typealias Content<File> = (records: [PackageRecord], tally: FormatTally, further: [File])

    /// Files that were taken in, by the sign of their name: the sign of their address and hash.
    ///
    /// With a plus sign where they name others: those are read again, for what they name may not have been had.
    private(set) var known: [String: String]
    let asker: RepositoryAsker
    private(set) var records: [PackageRecord] = []
    private(set) var tally = FormatTally()
    private(set) var read = 0
    /// Files that could not be had, or are not what was announced.
    private(set) var failed: [UpstreamError] = []
    private(set) var hasMore = false
    /// Names of the files that there are now.
    private var seen: Set<String> = []

    init(known: [String: String], asker: RepositoryAsker) {
        self.known = known
        self.asker = asker
    }

    mutating func count(_ tally: FormatTally) { self.tally.add(tally) }

    /// Those of ``known`` that there still are: one that is again what it was before tells of a change too.
    ///
    /// Of what was not walked through yet all is kept, else the next stretch would begin with the same files again.
    var kept: [String: String] {
        self.hasMore ? self.known : self.known.filter { self.seen.contains($0.key) }
    }

    /// The listings of a provider tree whose hash is new, and those that they name.
    mutating func takeListings(of root: RepositoryRoot, upTo most: Int) async throws {
        self.records += root.providers.map(Self.record)
        let contents = self.asker.contents
        try await self.take(root.providerIncludes, upTo: most, { ($0.name, $0.hash?.text) }) { file in
            var records: [PackageRecord] = []
            let listing = try await contents.listing(file) { records.append(Self.record($0)) }
            return (records, listing.tally, listing.includes)
        }
    }

    /// The included files that are new, and what is in the root itself.
    mutating func takePackages(of root: RepositoryRoot, _ bytes: [UInt8], upTo most: Int) async throws {
        let (contents, files) = (self.asker.contents, self.asker.files)
        if root.hasInlinePackages {
            let packages = try files.reading(root.url.root) { try IncludedPackages(parsing: bytes, from: root.url) }
            self.tally.add(packages.tally)
            self.records += packages.packages.map(Self.record)
        }
        try await self.take(root.includes, upTo: most, { ($0.name, $0.sha1) }) { file in
            let packages = try await contents.packages(of: file)
            return (packages.packages.map(Self.record), packages.tally, packages.includes)
        }
    }

    /// - Parameters:
    ///   - most: Records after which no other file is begun with; one is always taken in, so that this comes to an end.
    ///   - naming: The name of a file, and the hash that was announced of it: by that Composer goes too, for the address
    ///     of some files stays the same.
    private mutating func take<File: ListedFile>(
        _ files: [File],
        upTo most: Int,
        _ naming: (File) -> (name: String, hash: String?),
        _ read: (File) async throws -> Content<File>
    ) async throws {
        var walk = FileWalk(files)
        var begun = 0
        while let (file, depth) = walk.nextFile() {
            let (name, hash) = naming(file)
            let isHashed = hash != nil
            let key = RepositoryPosition.sign(name)
            let sign = RepositoryPosition.sign("\(file.url) \(hash ?? "")")
            self.seen.insert(key)
            let state = isHashed ? self.known[key] : nil
            if state == sign { continue }
            let isTaken = state == sign + Self.namesOthers
            guard isTaken || !isHashed || begun == 0 || self.records.count < most else { return self.hasMore = true }
            do {
                let content = try await read(file)
                walk.found(content.further, atDepth: depth)
                self.read += 1
                guard !isTaken else { continue }
                self.records += content.records
                self.tally.add(content.tally)
                guard isHashed else { continue }
                begun += 1
                self.known[key] = content.further.isEmpty ? sign : sign + Self.namesOthers
            } catch let error as UpstreamError {
                self.fail(error)
            }
        }
    }

    private static let namesOthers = "+"

    private mutating func fail(_ error: UpstreamError) {
        self.failed.append(error)
        self.asker.files.client.logger.warning(
            "a file of the repository could not be taken in",
            metadata: ["source": "\(self.asker.source.name)", "error": "\(error)"]
        )
    }

    private static func record(_ provider: ListedProvider) -> PackageRecord {
        PackageRecord(key: provider.name, revision: nil, mark: provider.hash?.text, dateMilliseconds: nil)
    }

    private static func record(_ package: IncludedPackages.Package) -> PackageRecord {
        PackageRecord(key: package.name, revision: nil, mark: package.toldMark, dateMilliseconds: nil)
    }
}
