import Composer
import Wire

/// Makes what is published of what was judged.
struct DocumentRewriter {
    let name: String
    private(set) var tally = DocumentTally()

    init(name: String) { self.name = name }

    private var nameBytes: [UInt8] { Array(self.name.utf8) }

    // MARK: Documents of releases and of branches

    /// The document of the releases, without the branches in it.
    mutating func main(_ document: JudgedDocument?) throws -> RepositoryDocument {
        guard let document else { return .none }
        self.tally.add(document)
        for version in document.versions where version.isBranch { self.tally.addMoved() }
        return try self.rewrite(document) { $0.isKept && !$0.isDev }
    }

    /// The document of the branches, with those of `main` behind its own.
    mutating func dev(_ document: JudgedDocument?, branchesOf main: JudgedDocument?) throws -> RepositoryDocument {
        if let document { self.tally.add(document) }
        guard let main, main.versions.contains(where: \.isBranch) else {
            return try document.map { try self.rewrite($0) { $0.isKept } } ?? .none
        }
        let isMinified = main.scan.isMinified || document?.scan.isMinified ?? false
        var list = VersionList(isMinified: isMinified, name: self.nameBytes)
        var known: Set<String> = []
        if let document {
            try list.append(document) { version in
                if version.isKept, let normalized = version.normalized { known.insert(normalized) }
                return version.isKept
            }
        }
        var repeated = 0
        try list.append(main) { version in
            guard version.isBranch else { return false }
            let isNew = version.normalized.map { !known.contains($0) } ?? true
            if !isNew { repeated += 1 }
            return isNew
        }
        for _ in 0..<repeated { self.tally.addRepeated() }
        self.tally.addRewritten()
        if let document, let found = document.scan.found, document.scan.isMinified == isMinified {
            return self.edited(document, replacing: found.range, with: list)
        }
        return RepositoryDocument(.rewritten(self.document(list, isMinified)), versionCount: list.count)
    }

    /// The document of the releases where upstream has one of the branches alone.
    mutating func mainWithoutVersions() -> RepositoryDocument {
        self.tally.addRewritten()
        let list = VersionList(isMinified: false, name: self.nameBytes)
        return RepositoryDocument(.rewritten(self.document(list, false)), versionCount: 0)
    }

    private mutating func rewrite(
        _ document: JudgedDocument,
        keeping isKept: (JudgedVersion) -> Bool
    ) throws -> RepositoryDocument {
        guard let found = document.scan.found else { return .none }
        if !document.isInstallable { return .none }
        let keepsAll = document.versions.allSatisfy(isKept)
        let changes = !keepsAll || document.versions.contains { $0.addsNormalized }
        if changes, found.isMap || (document.scan.isMinified && !keepsAll) {
            var list = VersionList(isMinified: document.scan.isMinified, name: self.nameBytes)
            try list.append(document, isKept: isKept)
            self.tally.addRewritten()
            return self.edited(document, replacing: found.range, with: list)
        }
        var edits = ByteEdits()
        edits.cut(document.scan.members)
        var count = document.versions.count
        if changes {
            var parts = found.versions.map { DocumentScan.Part(range: $0.range) }
            for (index, version) in document.versions.enumerated() {
                if isKept(version) {
                    VersionAdditions(own: found.versions[index], judged: version, name: self.nameBytes)
                        .add(to: &edits, in: document.scan.bytes)
                } else {
                    parts[index].isCut = true
                    count -= 1
                }
            }
            edits.cut(parts)
        }
        if edits.isEmpty { return RepositoryDocument(.passThrough, versionCount: count) }
        self.tally.addRewritten()
        let bytes = document.scan.bytes
        return RepositoryDocument(.rewritten(edits.applied(to: bytes, in: bytes.indices)), versionCount: count)
    }

    private func edited(
        _ document: JudgedDocument,
        replacing range: Range<Int>,
        with list: VersionList
    ) -> RepositoryDocument {
        var edits = ByteEdits()
        edits.cut(document.scan.members)
        edits.replace(range, with: list.bytes)
        let bytes = document.scan.bytes
        return RepositoryDocument(.rewritten(edits.applied(to: bytes, in: bytes.indices)), versionCount: list.count)
    }

    // MARK: All stabilities together

    /// Both documents from one that has the versions of every stability.
    ///
    /// - Parameter uidsAreUnique: Whether Composer takes the first of several versions with one `uid`, as it does in a
    ///   provider tree.
    mutating func split(
        _ document: JudgedDocument,
        uidsAreUnique: Bool
    ) throws -> (main: RepositoryDocument, dev: RepositoryDocument) {
        self.tally.add(document)
        guard document.scan.found != nil, document.isInstallable else { return (.none, .none) }
        let repeated = uidsAreUnique ? Self.repeated(document) : []
        for _ in repeated { self.tally.addRepeated() }
        return (
            try self.part(document, isDev: false, without: repeated),
            try self.part(document, isDev: true, without: repeated)
        )
    }

    /// Where the versions begin whose `uid` one before has.
    private static func repeated(_ document: JudgedDocument) -> Set<Int> {
        var known: Set<ArraySlice<UInt8>> = []
        var repeated: Set<Int> = []
        for judged in document.versions where judged.isKept {
            guard let uid = judged.version.uid.value else { continue }
            if !known.insert(document.scan.bytes[uid]).inserted { repeated.insert(judged.version.range.lowerBound) }
        }
        return repeated
    }

    private func part(_ document: JudgedDocument, isDev: Bool, without repeated: Set<Int>) throws -> RepositoryDocument
    {
        let isMinified = document.scan.isMinified
        var list = VersionList(isMinified: isMinified, name: self.nameBytes)
        try list.append(document) { version in
            version.isKept && version.isDev == isDev && !repeated.contains(version.version.range.lowerBound)
        }
        return RepositoryDocument(.rewritten(self.document(list, isMinified)), versionCount: list.count)
    }

    private func document(_ list: VersionList, _ isMinified: Bool) -> [UInt8] {
        let versions = list.bytes
        var writer = JSONWriter(reservingCapacity: versions.count + 256)
        writer.append(raw: isMinified ? "{\"minified\":\"composer/2.0\",\"packages\":{" : "{\"packages\":{")
        writer.append(self.name)
        writer.append(raw: ":")
        writer.append(raw: versions)
        writer.append(raw: "}}")
        return writer.bytes
    }
}
