package import Facts
package import Upstream

/// Asks one of the two directories: its repository for what changed, its API for packages.
package struct DirectoryAsker: UpstreamAsker {
    private let type: PackageType
    private let repository: SubversionRepository
    private let directory: PackageDirectory

    init(_ settings: DirectorySettings, _ client: UpstreamClient) {
        self.type = settings.type
        self.repository = SubversionRepository(client: client, url: settings.askedSubversionURL)
        self.directory = PackageDirectory(type: settings.type, client: client, apiURL: settings.apiURL)
    }

    package var outage: UpstreamError? { self.directory.outage }

    package func position(since cursor: Position?) async throws -> Position {
        RevisionNumber.Log().position(at: try await self.repository.youngestRevision())
    }

    package func changes(_ wanted: StretchRequest) async throws -> ChangeStretch {
        let start = try wanted.after.map(self.revision)?.nextRevision ?? 1
        let end = try wanted.end.map(self.revision) ?? .max
        var changes = ChangeSet(layout: self.type)
        var lastDate: Int64?
        var isBeyondEnd = false
        let answer = try await self.repository.readLog(
            from: start,
            upTo: try self.revision(wanted.bound),
            limit: wanted.maxItems,
            isEnough: { isBeyondEnd || changes.size >= wanted.maxSize }
        ) { item in
            guard item.revision <= end else { return isBeyondEnd = true }
            changes.add(item)
            lastDate = item.dateMilliseconds ?? lastDate
        }
        let log = RevisionNumber.Log()
        return ChangeStretch(
            packages: changes.records,
            reached: answer.highestRevision.map(log.position),
            reachedAtMilliseconds: lastDate,
            isAtEnd: answer.isAtEnd || isBeyondEnd,
            items: answer.items,
            unconfirmed: answer.highestUnconfirmed.map { (answer.unconfirmed, log.position(at: $0)) },
            tally: changes.tally
        )
    }

    private func revision(_ position: Position) throws -> Int64 {
        if let revision = RevisionNumber.Log().number(of: position) { return revision }
        throw RequestLabel(method: "REPORT", url: self.repository.url).error(
            .refused,
            "'\(UpstreamError.singleLine(position.text, limit: 60))' is no revision; was the database another source's?",
            isRetryable: false
        )
    }

    /// The repository and the API, which are two servers.
    package func check(since cursor: Position?) async throws {
        _ = try await self.position(since: cursor)
        let key = self.type == .plugin ? "akismet" : "twentytwentyfour"
        _ = try await self.directory.information(about: [key])[key]?.get()
    }

    package func listing(unlessStill etag: String?, onKey: (String) throws -> Void) async throws -> ListingAnswer {
        try await self.repository.readListing(ifNoneMatch: etag) { try onKey($0.name) }
    }

    package func ask(
        about packages: [KnownPackage],
        suspects: [KnownPackage]
    ) async throws -> [String: Result<PackageAnswer<Payload>, UpstreamError>] {
        try await self.directory.information(about: packages.map(\.key), suspects: suspects.map(\.key))
    }
}
