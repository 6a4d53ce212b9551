import Composer
import Facts
import Wire

/// What documents in the bucket say of archives that this database has no version of.
extension Store {
    /// Whether there are archives in the bucket that no version is known to have.
    package func hasUnassignedArchives() async throws -> Bool {
        try await self.engine.read { session in
            try !session.rows(
                """
                SELECT 1 FROM found_archives
                WHERE NOT EXISTS (SELECT 1 FROM archives WHERE object_key = found_archives.key) LIMIT 1
                """
            ).isEmpty
        }
    }

    /// Gives archives of ours to the versions of a package that a document of it named them for: they were fetched for this
    /// reference, checked and confirmed before that was published.
    ///
    /// Only what was found in the bucket, has the checksum that the document says, and a reference: nothing else tells which
    /// state of the source it is of. A version that upstream has another reference of by now keeps this one as its former.
    ///
    /// - Returns: How many versions that were.
    package func adoptAnnounced(_ announced: [AnnouncedArchive], ofDocument path: String) async throws -> Int {
        let announced = announced.filter { $0.reference?.isEmpty == false }
        guard !announced.isEmpty else { return 0 }
        let package = try await self.engine.read { session in
            try session.rows(
                """
                SELECT packages.id AS id, packages.source AS source FROM objects
                    JOIN packages ON packages.id = objects.package_id
                WHERE objects.key = \(path)
                """
            ).first.map { row -> (id: Int64, source: SourceName) in (try row["id"], try row["source"]) }
        }
        guard let package else { return 0 }
        return try await self.engine.write { session in
            try Self.lockPackages([package.id], session)
            let found = try Self.found(announced.map(\.key), session)
            var rest = try Self.versions(of: package.id, session)
            var count = 0
            for one in announced {
                guard let bytes = found[one.key], Hexadecimal.text(bytes.sha1) == one.sha1 else { continue }
                let index = rest.firstIndex { $0.isMeant(by: one) }
                if let index, rest[index].isStored { continue }
                if let index {
                    let id = rest.remove(at: index).id
                    count += try session.execute(
                        """
                        UPDATE archives SET \(Self.isFound), needs_confirmation = 0
                        WHERE id = \(named: "id") AND object_key IS NULL
                        """,
                        each: [Self.parameters(of: bytes) + ["id": .integer(id)]]
                    )[0]
                } else {
                    count += try Self.insertFormer(one, bytes, of: package, session)
                }
            }
            if count > 0 { try Self.deriveNow([package.id], session) }
            return count
        }
    }

    /// What is known of the bytes of live archives.
    private static func found(_ keys: [String], _ session: any SQLSession) throws -> [String: FoundArchive] {
        let rows = try session.rows(
            """
            SELECT key, sha1, size FROM found_archives
            WHERE key \(anyOf: keys) AND EXISTS (
                SELECT 1 FROM objects WHERE objects.key = found_archives.key AND live_hash IS NOT NULL
            )
            """
        )
        var found: [String: FoundArchive] = [:]
        for row in rows { found[try row["key"]] = (try row["key"], try row["sha1"], try row["size"]) }
        return found
    }

    private struct VersionRow {
        var id: Int64
        var version: String
        var type: String
        var reference: String?
        var shasum: String?
        var isStored: Bool

        func isMeant(by announced: AnnouncedArchive) -> Bool {
            self.version == announced.version && self.type == announced.type && self.reference == announced.reference
                && (self.shasum == nil || self.shasum == announced.sha1)
        }
    }

    private static func versions(of package: Int64, _ session: any SQLSession) throws -> [VersionRow] {
        try session.rows(
            """
            SELECT id, version, type, reference, shasum, CASE WHEN object_key IS NULL THEN 0 ELSE 1 END AS is_stored
            FROM archives WHERE package_id = \(package) ORDER BY id
            """
        ).map { row in
            VersionRow(
                id: try row["id"],
                version: try row["version"],
                type: try row["type"],
                reference: try row["reference"],
                shasum: try row["shasum"],
                isStored: try row["is_stored"]
            )
        }
    }

    /// A version that upstream says something else of by now.
    ///
    /// Whether upstream gave a checksum for it nobody knows any more; it has none here, as most have.
    private static func insertFormer(
        _ announced: AnnouncedArchive,
        _ bytes: FoundArchive,
        of package: (id: Int64, source: SourceName),
        _ session: any SQLSession
    ) throws -> Int {
        let archive = UpstreamArchive(
            version: announced.version,
            type: announced.type,
            url: announced.url,
            reference: announced.reference
        )
        let values: SQLParameters = [
            "package": .integer(package.id), "source": .text(package.source),
            "identity": .blob(archive.identityHash.bytes), "version": .text(archive.version),
            "type": .text(archive.type),
            "url": .text(archive.url), "reference": .text(archive.reference),
        ]
        return try session.execute(
            """
            INSERT INTO archives (package_id, source, identity, version, type, url, reference, is_listed, object_key, sha1,
                size, kind, fetched_at_ms)
            VALUES (\(named: "package"), \(named: "source"), \(named: "identity"), \(named: "version"), \(named: "type"),
                \(named: "url"), \(named: "reference"), 0, \(named: "key"), \(named: "sha1"), \(named: "size"),
                \(named: "kind"), \(.now))
            ON CONFLICT (package_id, identity) DO NOTHING
            """,
            each: [values + Self.parameters(of: bytes)]
        )[0]
    }
}
