import Composer
import Facts
import Logging
import Upstream

extension RepositoryAsker {
    /// What files that are named by hash have that is new: those are read that were not before.
    ///
    /// One that can't be had is left for the next time, and holds back its own packages.
    func fileChanges(
        _ offer: RepositoryRoot.Offer,
        _ sign: String,
        known: [String: String],
        _ wanted: StretchRequest
    ) async throws -> ChangeStretch {
        let (root, bytes) = try await self.files.readRoot()
        var taking = FileTaking(known: known, asker: self)
        switch offer {
        case .tree: try await taking.takeListings(of: root, upTo: wanted.maxSize)
        case .includes, .list: try await taking.takePackages(of: root, bytes, upTo: wanted.maxSize)
        // Names are all that such a root tells.
        case .feed, .lazy, .names: break
        }
        let isWhole = !taking.hasMore && taking.failed == 0
        var stretch = ChangeStretch(
            packages: taking.records,
            reached: RepositoryPosition.files(offer, sign: isWhole ? sign : "", known: taking.known).position,
            isAtEnd: !taking.hasMore,
            wantsListing: !taking.hasMore && offer != .tree && wanted.after != nil,
            items: taking.read
        )
        stretch.tally.damaged = taking.failed + taking.tally.damaged
        stretch.tally.unusableKeys = taking.tally.unusableNames
        return stretch
    }
}

/// Takes files in until there is enough for one stretch.
private struct FileTaking {
    /// Files that were read, by the sign of their name: the sign of what they were.
    var known: [String: String]
    let asker: RepositoryAsker
    var records: [PackageRecord] = []
    var tally = FormatTally()
    var read = 0
    /// Files that could not be had, or are not what was announced.
    var failed = 0
    var hasMore = false

    init(known: [String: String], asker: RepositoryAsker) {
        self.known = known
        self.asker = asker
    }

    /// The listings of a provider tree whose hash is new, and those that they name.
    mutating func takeListings(of root: RepositoryRoot, upTo most: Int) async throws {
        self.records += root.providers.map(Self.record)
        var walk = FileWalk(root.providerIncludes)
        while let (file, depth) = walk.nextFile() {
            let (name, sign) = (RepositoryPosition.sign(file.name), RepositoryPosition.sign(file.url))
            if file.hash != nil, self.known[name] == sign { continue }
            guard self.records.count < most else { return self.hasMore = true }
            do {
                var taken: [PackageRecord] = []
                let listing = try await self.asker.contents.listing(file) { taken.append(Self.record($0)) }
                self.tally.add(listing.tally)
                walk.found(listing.includes, atDepth: depth)
                self.records += taken
                self.read += 1
                self.known[name] = sign
            } catch let error as UpstreamError {
                self.fail(error)
            }
        }
    }

    /// The included files that are new, and what is in the root itself.
    mutating func takePackages(of root: RepositoryRoot, _ bytes: [UInt8], upTo most: Int) async throws {
        if root.hasInlinePackages {
            self.take(
                try self.asker.files.reading(root.url.root) { try IncludedPackages(parsing: bytes, from: root.url) }
            )
        }
        var walk = FileWalk(root.includes)
        while let (file, depth) = walk.nextFile() {
            let (name, sign) = (RepositoryPosition.sign(file.name), RepositoryPosition.sign(file.url))
            if file.sha1 != nil, self.known[name] == sign { continue }
            guard self.records.count < most else { return self.hasMore = true }
            do {
                let packages = try await self.asker.contents.packages(of: file)
                walk.found(packages.includes, atDepth: depth)
                self.take(packages)
                self.read += 1
                self.known[name] = sign
            } catch let error as UpstreamError {
                self.fail(error)
            }
        }
    }

    private mutating func take(_ file: IncludedPackages) {
        self.tally.add(file.tally)
        for package in file.packages {
            let mark = String(package.mark.hexadecimal.prefix(32))
            self.records.append(
                PackageRecord(key: package.name, revision: nil, mark: mark, dateMilliseconds: nil)
            )
        }
    }

    private mutating func fail(_ error: UpstreamError) {
        self.failed += 1
        self.asker.files.client.logger.warning(
            "a file of the repository could not be taken in",
            metadata: ["source": "\(self.asker.source.name)", "error": "\(error)"]
        )
    }

    private static func record(_ provider: ListedProvider) -> PackageRecord {
        PackageRecord(key: provider.name, revision: nil, mark: provider.hash?.text, dateMilliseconds: nil)
    }
}
