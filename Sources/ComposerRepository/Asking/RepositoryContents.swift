import Composer
import Facts
import Upstream

/// What a repository has in files that hold many packages: its provider tree, or its packages themselves.
///
/// Read once in a run, where a package of it is asked for: what failed stays so, else each of its packages would ask for
/// all of it again. Of included files the run is told when they are others by now.
actor RepositoryContents {
    private struct Included {
        var files: [IncludedPackages]
        var places: [String: [(file: Int, package: Int)]]
    }

    private let files: RepositoryFiles
    private var available: Set<String>?
    private var tree: Task<[String: ListedProvider], any Error>?
    private var included: Task<Included, any Error>?

    init(_ files: RepositoryFiles) { self.files = files }

    // MARK: Single files

    /// A listing, checked against the hash that was announced.
    nonisolated func listing(
        _ file: HashedFile,
        onProvider: (ListedProvider) -> Void
    ) async throws -> ProviderListing {
        let bytes = try await self.checked(file.url, file.hash)
        return try self.files.reading(file.url) {
            try ProviderListing(parsing: bytes, from: self.files.source.url, onProvider: onProvider)
        }
    }

    nonisolated func packages(of file: IncludedFile) async throws -> IncludedPackages {
        let bytes = try await self.files.get(file.url).bytes
        return try self.files.reading(file.url) { try IncludedPackages(parsing: bytes, from: self.files.source.url) }
    }

    /// A file that is what its SHA-256 says.
    nonisolated func checked(
        _ url: String,
        _ hash: AnnouncedHash?,
        upTo limit: Int = RepositoryFiles.fileBytes,
        onBytes: (Int) throws -> Void = { _ in }
    ) async throws -> [UInt8] {
        let bytes = try await self.files.get(url, upTo: limit, onBytes: onBytes).bytes
        guard let hash, hash.matches(bytes) else {
            throw RequestLabel(method: "GET", url: url).error(
                .malformed,
                hash == nil ? "no SHA-256 was announced of it" : "it is not what its SHA-256 announces",
                isRetryable: false
            )
        }
        return bytes
    }

    // MARK: Whole

    /// The names of `available-packages`.
    func available(in root: RepositoryRoot) -> Set<String> {
        let names = self.available ?? Set(root.availablePackages ?? [])
        self.available = names
        return names
    }

    /// All packages as the tree lists them now, by name.
    func tree(in root: RepositoryRoot) async throws -> [String: ListedProvider] {
        let task = self.tree ?? Task { try await self.readTree(root) }
        self.tree = task
        return try await task.value
    }

    private nonisolated func readTree(_ root: RepositoryRoot) async throws -> [String: ListedProvider] {
        var tree = Dictionary(
            root.providers.map { ($0.name, $0) },
            uniquingKeysWith: { $1 }
        )
        var walk = FileWalk(root.providerIncludes)
        while let (file, depth) = walk.nextFile() {
            let listing = try await self.listing(file) { tree[$0.name] = $0 }
            walk.found(listing.includes, atDepth: depth)
        }
        try self.expectWhole(walk)
        return tree
    }

    /// - Throws: Where files were left out: what is in none of the others may be in those.
    nonisolated func expectWhole(_ walk: FileWalk<some ListedFile>) throws {
        guard walk.leftOut > 0 else { return }
        throw RequestLabel(method: "GET", url: self.files.source.url.root).error(
            .tooLarge,
            "the repository is in more than \(FileWalk<HashedFile>.maxFiles) files, or in files that are named by others "
                + "more than \(FileWalk<HashedFile>.maxDepth) deep",
            isRetryable: false
        )
    }

    /// The versions of a package in the root and in included files, as a JSON list; nil where there are none.
    func versions(of name: String, in root: RepositoryRoot, _ bytes: [UInt8]) async throws -> [UInt8]? {
        let included = try await self.included(root, bytes)
        guard let places = included.places[name] else { return nil }
        var list: [UInt8] = [UInt8(ascii: "[")]
        for place in places {
            let file = included.files[place.file]
            for range in file.packages[place.package].versions {
                if list.count > 1 { list.append(UInt8(ascii: ",")) }
                list += file.bytes[range]
            }
        }
        list.append(UInt8(ascii: "]"))
        return list
    }

    /// Whether a change that upstream has told of one of these is not in the included files as they were read.
    func isOlder(thanWasToldOf packages: [KnownPackage]) async -> Bool {
        guard let included = try? await self.included?.value else { return false }
        return packages.contains { package in
            guard package.changedRevision > package.settledRevision, let mark = package.mark else { return false }
            return !(included.places[package.key] ?? []).contains { place in
                included.files[place.file].packages[place.package].toldMark == mark
            }
        }
    }

    func forgetAll() { (self.included, self.tree, self.available) = (nil, nil, nil) }

    /// Names of all packages in the root and in included files.
    func names(in root: RepositoryRoot, _ bytes: [UInt8]) async throws -> [String] {
        Array(try await self.included(root, bytes).places.keys)
    }

    private func included(_ root: RepositoryRoot, _ bytes: [UInt8]) async throws -> Included {
        let task = self.included ?? Task { try await self.readIncluded(root, bytes) }
        self.included = task
        return try await task.value
    }

    private nonisolated func readIncluded(_ root: RepositoryRoot, _ bytes: [UInt8]) async throws -> Included {
        var included: [IncludedPackages] = []
        if root.hasInlinePackages {
            included.append(
                try self.files.reading(root.url.root) { try IncludedPackages(parsing: bytes, from: root.url) }
            )
        }
        // Beside metadata-url they are dead for Composer.
        var walk = FileWalk(root.metadataURL == nil ? root.includes : [])
        var size = 0
        while let (file, depth) = walk.nextFile() {
            let packages = try await self.packages(of: file)
            walk.found(packages.includes, atDepth: depth)
            size += packages.bytes.count
            guard size <= RepositoryFiles.fileBytes else {
                throw RequestLabel(method: "GET", url: file.url).error(
                    .tooLarge,
                    "the included files have more than \(RepositoryFiles.fileBytes) bytes together",
                    isRetryable: false
                )
            }
            included.append(packages)
        }
        try self.expectWhole(walk)
        var places: [String: [(file: Int, package: Int)]] = [:]
        for (file, packages) in included.enumerated() {
            for (index, package) in packages.packages.enumerated() {
                places[package.name, default: []].append((file, index))
            }
        }
        return Included(files: included, places: places)
    }
}
