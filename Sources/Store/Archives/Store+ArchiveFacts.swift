import Composer
package import Facts
import Wire

/// What documents are derived from of archives, and when they are derived because of it.
///
/// Every transaction that changes it writes packages before archives, and both in the order of their ids.
extension Store {
    /// Keeps packages as they are until the transaction ends; in one order, so that two writers can't wait for each other.
    static func lockPackages(_ ids: [Int64], _ session: any SQLSession) throws {
        guard session.dialect == .postgres else { return }
        _ = try session.rows("SELECT id FROM packages WHERE id \(anyOf: Array(Set(ids))) ORDER BY id \(.lockedRow)")
    }

    /// Whether more archives of the package are fetched soon.
    private static let isIncomplete: SQLStatement = """
        EXISTS (SELECT 1 FROM archives WHERE package_id = packages.id AND due_at_ms <= \(.now) + \(Self.archivePatience))
        """

    /// What is live of packages has changed.
    static func deriveLater(_ ids: [Int64], _ session: any SQLSession) throws {
        try session.execute(
            """
            UPDATE packages
            SET archives_revision = archives_revision + 1,
                derive_at_ms = CASE WHEN \(Self.isIncomplete)
                    THEN coalesce(derive_at_ms, \(.now) + \(Self.archivePatience)) ELSE \(.now) END
            WHERE id \(anyOf: Array(Set(ids)))
            """
        )
    }

    /// Nothing has changed, but maybe there is nothing left to wait for.
    static func deriveNowWhereComplete(_ ids: [Int64], _ session: any SQLSession) throws {
        try session.execute(
            """
            UPDATE packages SET derive_at_ms = \(.now)
            WHERE id \(anyOf: Array(Set(ids))) AND derive_at_ms > \(.now) AND NOT \(Self.isIncomplete)
            """
        )
    }

    /// Loads the archives that documents of claimed packages may name, in an order of theirs: of several of a version the
    /// one that was fetched last comes last; and those that are too large or absent.
    static func loadArchives(into claims: inout [ClaimedPackage], _ session: any SQLSession) throws {
        var archives: [Int64: [LiveArchive]] = [:]
        var refused: [Int64: [ContentHash: Int64]] = [:]
        var absent: [Int64: Set<ContentHash>] = [:]
        let rows = try session.rows(
            """
            SELECT archives.package_id, identity, version, reference, object_key, sha1, own_version, refused_bytes,
                is_absent, first_fetched_at_ms
            FROM archives LEFT JOIN objects ON objects.key = object_key
            WHERE archives.package_id \(anyOf: claims.map(\.id))
                AND (refused_bytes IS NOT NULL OR is_absent = 1 OR needs_confirmation = 0 AND live_hash IS NOT NULL)
            ORDER BY archives.package_id, fetched_at_ms, identity
            """
        )
        for row in rows {
            let (package, identity): (Int64, ContentHash) = (try row["package_id"], try row["identity"])
            if try row["is_absent"] { absent[package, default: []].insert(identity) }
            if let bytes: Int64 = try row["refused_bytes"] { refused[package, default: [:]][identity] = bytes }
            guard let key: String = try row["object_key"] else { continue }
            let sha1: [UInt8] = try row["sha1"]
            archives[package, default: []].append(
                LiveArchive(
                    identity: identity,
                    version: try row["version"],
                    reference: try row["reference"],
                    key: key,
                    sha1: Hexadecimal.text(sha1),
                    ownVersion: try row["own_version"],
                    firstFetchedAtMilliseconds: try row["first_fetched_at_ms"]
                )
            )
        }
        for index in claims.indices {
            claims[index].archives = archives[claims[index].id] ?? []
            claims[index].refusedArchives = refused[claims[index].id] ?? [:]
            claims[index].absentArchives = absent[claims[index].id] ?? []
        }
    }

    /// Takes archives of a source for what they were taken for when they were fetched: since then upstream has told of
    /// nothing new of their packages.
    ///
    /// - Parameter beginning: When the run began that has asked what changed and taken all of it in, by the database's
    ///   clock; upstream's servers may lag, so that what was fetched less than `margin` before does not count yet.
    /// - Returns: How many archives that were.
    package func confirmArchives(
        source: SourceName,
        before beginning: Int64,
        marginMilliseconds margin: Int64 = 300_000,
        pageSize: Int = 1_000
    ) async throws -> Int {
        // What is behind upstream waits: what it waits for may be of the same path.
        let condition: SQLStatement = """
            source = \(source) AND needs_confirmation = 1 AND object_key IS NOT NULL AND is_listed = 1
                AND fetched_at_ms <= \(beginning - margin) AND EXISTS (
                    SELECT 1 FROM packages WHERE packages.id = package_id AND changed_revision <= settled_revision
                )
            """
        var count = 0
        while true {
            let found = try await self.engine.read { session in
                try session.rows(
                    "SELECT DISTINCT package_id FROM archives WHERE \(condition) ORDER BY package_id LIMIT \(Int64(pageSize))"
                ).map { try $0["package_id"] as Int64 }
            }
            if found.isEmpty { return count }
            count += try await self.engine.write { session in
                try Self.lockPackages(found, session)
                let confirmed: [Int64] = try session.rows(
                    """
                    UPDATE archives SET needs_confirmation = 0 WHERE package_id \(anyOf: found) AND \(condition)
                    RETURNING package_id
                    """
                ).map { try $0["package_id"] }
                try Self.deriveLater(confirmed, session)
                return confirmed.count
            }
        }
    }

    // MARK: Totals

    private static let countKey = "archive_count"
    private static let bytesKey = "archive_bytes"

    static func archiveCount(_ session: any SQLSession) throws -> Int64 {
        try Self.number(ofSetting: Self.countKey, session)
    }
    static func archiveBytes(_ session: any SQLSession) throws -> Int64 {
        try Self.number(ofSetting: Self.bytesKey, session)
    }

    /// Last in a transaction: all who store archives wait for each other here.
    ///
    /// - Parameter count: How many more there are, or fewer.
    static func countArchives(_ count: Int, _ bytes: Int64, _ session: any SQLSession) throws {
        guard count != 0 else { return }
        try Self.add(bytes, toSetting: Self.bytesKey, session)
        try Self.add(Int64(count), toSetting: Self.countKey, session)
    }
}
