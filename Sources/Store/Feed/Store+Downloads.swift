import Composer

/// `downloads`: how often packages were installed, by day.
extension Store {
    package struct DownloadsOfDay: Sendable, Equatable {
        /// Days since 1970 in UTC.
        package var day: Int64
        package var count: Int
    }

    /// Those of the names that packages have here.
    package func installable(_ names: Set<String>) async throws -> Set<String> {
        if names.isEmpty { return [] }
        let paths = names.map { DocumentName.main(of: $0).path }
        return try await self.engine.read { session in
            let rows = try session.rows(
                """
                SELECT key FROM objects
                WHERE key \(anyOf: paths) AND package_id IS NOT NULL AND content_hash IS NOT NULL
                """
            )
            return Set(try rows.compactMap { DocumentName(path: try $0["key"])?.package })
        }
    }

    /// Adds to today's counts by package name; names that are not here are passed over.
    package func addDownloads(_ counts: [String: Int]) async throws {
        // In one order for all, so that two writers can't wait for each other.
        let rows: [SQLParameters] = counts.sorted { $0.key < $1.key }.map { name, count in
            ["key": .text(DocumentName.main(of: name).path), "count": .integer(Int64(count))]
        }
        _ = try await self.engine.write { session in
            try session.execute(
                """
                INSERT INTO downloads (package_id, day, count)
                SELECT package_id, \(.now) / 86400000, CAST(\(named: "count") AS BIGINT) FROM objects
                WHERE key = \(named: "key") AND package_id IS NOT NULL AND content_hash IS NOT NULL
                ON CONFLICT (package_id, day) DO UPDATE SET count = downloads.count + excluded.count
                """,
                each: rows
            )
        }
    }

    /// A package's counts of the last `days` days, the oldest first; days without any are left out.
    package func downloads(package name: String, days: Int) async throws -> [DownloadsOfDay] {
        let path = DocumentName.main(of: name).path
        return try await self.engine.read { session in
            try session.rows(
                """
                SELECT day, count FROM downloads
                WHERE package_id = (SELECT package_id FROM objects WHERE key = \(path))
                    AND day > \(.now) / 86400000 - \(Int64(days))
                ORDER BY day
                """
            ).map { DownloadsOfDay(day: try $0["day"], count: try $0["count"]) }
        }
    }

    /// Forgets counts of days that are long past.
    static func forgetDownloads(olderThan milliseconds: Int64, limit: Int, _ session: any SQLSession) throws -> Int {
        try session.execute(
            """
            DELETE FROM downloads WHERE (package_id, day) IN (
                SELECT package_id, day FROM downloads WHERE day < (\(.now) - \(milliseconds)) / 86400000
                ORDER BY day LIMIT \(Int64(limit))
            )
            """
        )
    }
}
