package import Facts

/// What is told of archives: totals that are kept or that an index holds, and short lists.
extension Store {
    static func archiveCensus(_ session: any SQLSession) throws -> ArchiveCensus {
        var census = ArchiveCensus()
        (census.stored, census.bytes) = (try Self.archiveCount(session), try Self.archiveBytes(session))
        for row in try session.rows(
            "SELECT source, count(*) AS missing FROM archives WHERE due_at_ms IS NOT NULL GROUP BY source"
        ) {
            census.missing[try row["source"]] = try row["missing"] as Int
        }
        let row = try session.rows(
            """
            SELECT
                (SELECT count(*) FROM archives WHERE attempts > 0 AND due_at_ms IS NOT NULL) AS failing,
                (SELECT count(*) FROM archives WHERE is_absent = 1 AND due_at_ms IS NOT NULL) AS absent,
                (SELECT count(*) FROM archives
                    WHERE needs_confirmation = 1 AND object_key IS NOT NULL AND is_listed = 1) AS unconfirmed
            """
        )[0]
        (census.failing, census.absent) = (try row["failing"], try row["absent"])
        census.unconfirmed = try row["unconfirmed"]
        census.lost = try Self.lostArchiveCount(session)
        return census
    }

    /// Archives whose last try failed, the next to be tried first; without those that upstream does not have.
    package func failingArchives(limit: Int) async throws -> [ArchiveState] {
        try await self.engine.read { try Self.failingArchives(limit: limit, $0) }
    }

    static func failingArchives(limit: Int, _ session: any SQLSession) throws -> [ArchiveState] {
        try Self.archives(
            """
            archives.attempts > 0 AND archives.due_at_ms IS NOT NULL AND is_absent = 0
            ORDER BY archives.due_at_ms LIMIT \(Int64(limit))
            """,
            session
        )
    }

    /// Archives that `sync` run `id` was the last to fail at, the one that is tried next first;
    /// without those that upstream does not have.
    package func failedArchives(of id: RunID, limit: Int) async throws -> [Failure] {
        try await self.engine.read { session in
            try Self.archives(
                """
                archives.failed_run = \(id) AND archives.attempts > 0 AND is_absent = 0
                ORDER BY archives.due_at_ms LIMIT \(Int64(limit))
                """,
                session
            ).map(Failure.init(archive:))
        }
    }

    /// Archives that upstream has said for a day that it does not have, the last of them first.
    package func absentArchives(limit: Int) async throws -> [ArchiveState] {
        try await self.engine.read { session in
            try Self.archives(
                """
                is_absent = 1 AND archives.due_at_ms IS NOT NULL
                ORDER BY absent_since_ms DESC LIMIT \(Int64(limit))
                """,
                session
            )
        }
    }

    /// What is known of the archives of a package, by the order in which it became known.
    static func archives(ofPackage id: Int64, _ session: any SQLSession) throws -> [ArchiveState] {
        try Self.archives("archives.package_id = \(id) ORDER BY archives.id DESC LIMIT 5000", session)
    }

    /// - Parameter which: What follows `WHERE`.
    private static func archives(_ which: SQLStatement, _ session: any SQLSession) throws -> [ArchiveState] {
        try session.rows(
            """
            SELECT \(ArchiveState.columns)
            FROM archives JOIN packages ON packages.id = archives.package_id
                LEFT JOIN objects ON objects.key = object_key
            WHERE \(which)
            """
        ).map { try ArchiveState(row: $0) }
    }
}
