import Composer
package import Facts

/// Archives that somebody asks for.
extension Store {
    private static let keptColumns: SQLStatement = """
        object_key, live_hash, size, CASE WHEN live_hash IS NOT NULL AND needs_confirmation = 0 THEN 1 ELSE 0 END AS is_kept,
        last_modified_s
        """

    /// What is known of the archives of all packages of this name, and which documents there are of it.
    ///
    /// - Parameter versions: In normal form; nil is all.
    package func askedArchives(of name: String, versions: [String]?) async throws -> AskedArchives {
        let restriction: SQLStatement = versions.map { "AND version \(anyOf: $0)" } ?? ""
        return try await self.engine.read { session in
            let archives = try session.rows(
                """
                SELECT archives.id, identity, version, type, reference, shasum, \(Self.keptColumns)
                FROM packages JOIN archives ON archives.package_id = packages.id
                    LEFT JOIN objects ON objects.key = object_key
                WHERE packages.name = \(name) \(restriction)
                ORDER BY archives.id
                """
            )
            let documents = try session.rows(
                """
                SELECT key, content_hash, package_id FROM objects
                WHERE key \(anyOf: [DocumentName.main(of: name).path, DocumentName.dev(of: name).path])
                    AND content_hash IS NOT NULL AND package_id IS NOT NULL
                ORDER BY key
                """
            )
            return AskedArchives(
                archives: try archives.map { row in
                    AskedArchives.Archive(
                        id: try row["id"],
                        identity: try row["identity"],
                        version: try row["version"],
                        type: try row["type"],
                        reference: try row["reference"],
                        shasum: try row["shasum"],
                        live: try row["is_kept"] ? try KeptArchive(row: row) : nil
                    )
                },
                documents: try documents.map { row in
                    AskedArchives.Document(
                        path: try row["key"],
                        content: try row["content_hash"],
                        packageID: try row["package_id"]
                    )
                }
            )
        }
    }

    /// The archive under a key; nil where none is known to be there.
    package func keptArchive(at key: String) async throws -> KeptArchive? {
        try await self.engine.read { session in
            try session.rows(
                """
                SELECT object_key, live_hash, size, last_modified_s
                FROM objects JOIN archives ON object_key = objects.key
                WHERE objects.key = \(key) AND objects.kind = \(ObjectKind.archive) AND live_hash IS NOT NULL LIMIT 1
                """
            ).first.map(KeptArchive.init(row:))
        }
    }

    /// A package with what the log says of it; nil where there is none.
    package func archivedPackage(_ id: Int64) async throws -> ArchivedPackage? {
        try await self.engine.read { session in
            try session.rows(
                """
                SELECT source, key, name, CASE WHEN changed_revision <= settled_revision THEN 1 ELSE 0 END AS is_settled
                FROM packages WHERE id = \(id) AND name IS NOT NULL
                """
            ).first.map { row in
                ArchivedPackage(
                    id: id,
                    source: try row["source"],
                    key: try row["key"],
                    name: try row["name"],
                    facts: try Self.logs(of: [id], session)[id]?.newest.present ?? [:],
                    isSettled: try row["is_settled"]
                )
            }
        }
    }

    /// Has an archive fetched that a document names, where nothing speaks against it.
    ///
    /// Nothing is written where nothing changes by it, however often it is asked for.
    package func wantArchive(_ listed: ListedArchive, of package: ArchivedPackage) async throws -> ArchiveTurn {
        let identity = listed.archive.identityHash
        let known = try await self.engine.read { try Self.turn(listed, identity, package, $0) }
        switch known.turn {
        case .held, .none: return known.turn
        case .due where !known.isStale: return known.turn
        case .due: break
        }
        return try await self.engine.write { session in
            try Self.lockPackages([package.id], session)
            let archive = listed.archive
            try session.execute(
                """
                INSERT INTO archives
                    (package_id, source, identity, version, type, url, reference, shasum, newer_than_ms, needs_confirmation,
                    due_at_ms)
                VALUES (\(package.id), \(package.source), \(identity.bytes), \(archive.version), \(archive.type), \(archive.url),
                    \(SQLValue.text(archive.reference)), \(SQLValue.text(archive.shasum)),
                    \(SQLValue.integer(archive.newerThanMilliseconds)), \(Int64(archive.needsConfirmation ? 1 : 0)), \(.now))
                ON CONFLICT (package_id, identity) DO UPDATE
                SET url = excluded.url, newer_than_ms = excluded.newer_than_ms, is_listed = 1, due_at_ms = \(.now)
                WHERE archives.object_key IS NULL AND archives.lease_until_ms <= \(.now)
                """
            )
            return try Self.turn(listed, identity, package, session).turn
        }
    }

    /// - Returns: Also whether its row is to be written first.
    private static func turn(
        _ listed: ListedArchive,
        _ identity: ContentHash,
        _ package: ArchivedPackage,
        _ session: any SQLSession
    ) throws -> (turn: ArchiveTurn, isStale: Bool) {
        guard
            let row = try session.rows(
                """
                SELECT id, object_key, url, newer_than_ms, refused_bytes,
                    CASE WHEN due_at_ms IS NOT NULL THEN 1 ELSE 0 END AS is_wanted,
                    CASE WHEN due_at_ms > \(.now) THEN 1 ELSE 0 END AS is_later,
                    CASE WHEN lease_until_ms > \(.now) THEN 1 ELSE 0 END AS is_held
                FROM archives WHERE package_id = \(package.id) AND identity = \(identity.bytes)
                """
            ).first
        else { return (.due(0), true) }
        let (key, refused): (String?, Int64?) = (try row["object_key"], try row["refused_bytes"])
        let (isWanted, isLater, isHeld): (Bool, Bool, Bool) = (
            try row["is_wanted"], try row["is_later"], try row["is_held"]
        )
        if key != nil { return (.none, false) }
        if isHeld { return (.held, false) }
        if let refused, listed.maxBytes.map({ $0 <= refused }) ?? true { return (.none, false) }
        let (url, newerThan): (String, Int64?) = (try row["url"], try row["newer_than_ms"])
        let isStale = url != listed.archive.url || newerThan != listed.archive.newerThanMilliseconds
        // Elsewhere it may be there.
        if isLater, !isStale { return (.none, false) }
        return (.due(try row["id"]), isStale || !isWanted)
    }

    /// Claims one archive, if it is due and nobody has it; see ``claimArchives(source:limit:run:leaseMilliseconds:budgetBytes:)``.
    package func claimArchive(
        _ id: Int64,
        run: RunID,
        leaseMilliseconds: Int64,
        budgetBytes: Int64? = nil
    ) async throws -> ClaimedArchive? {
        try await self.claimArchives(
            where: "id = \(id) AND due_at_ms <= \(.now) AND lease_until_ms <= \(.now)",
            limit: 1,
            run: run,
            leaseMilliseconds: leaseMilliseconds,
            budgetBytes: budgetBytes
        ).first
    }
}

extension KeptArchive {
    fileprivate init(row: SQLRow) throws {
        self.init(
            key: try row["object_key"],
            content: try row["live_hash"],
            size: try row["size"],
            fetchedAtSeconds: try row["last_modified_s"]
        )
    }
}
