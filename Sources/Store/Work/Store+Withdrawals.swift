import Composer
package import Facts

/// How much of a source may vanish in a day without a person: a small number, and a share of what is published.
package struct WithdrawalLimit: Sendable, Equatable {
    package var packages = 3
    package var percent = 1
    package var window: Duration = .seconds(86_400)
    /// When a package is looked at again whose withdrawal is held.
    package var heldDelay: Duration = .seconds(3_600)

    package init() {}

    func count(published: Int) -> Int { self.packages + published * self.percent / 100 }
}

/// Withdrawals of one source that wait for a person.
package struct HeldWithdrawals: Sendable, Equatable {
    package var source: SourceName
    package var held: Int
    /// Packages that were withdrawn without a person within the window, and have not come back.
    package var withdrawn: Int
    /// Packages that upstream was believed to have when the window began.
    package var published: Int
    /// How many may be withdrawn within the window.
    package var limit: Int
}

/// A mass withdrawal needs a person.
///
/// What counts is a package of which a document goes, or loses its last version, whatever the cause. The decision is made
/// in the transaction that writes, behind the row of the source: workers wait for each other there, and each sees what
/// the one before has withdrawn.
extension Store {
    /// What becomes of results that take documents away.
    struct Judgement {
        /// Withdrawals that are written and count.
        var counted: Set<Int64> = []
        /// Withdrawals that are written because a person said so.
        var uncounted: Set<Int64> = []
        var held: Set<Int64> = []
    }

    /// Withdrawals that wait for a person, by source; without any, one index has the answer.
    package func heldWithdrawals(_ limit: WithdrawalLimit) async throws -> [HeldWithdrawals] {
        try await self.engine.read { session in
            let sources = try session.rows(
                """
                SELECT DISTINCT source FROM packages WHERE held_at_ms IS NOT NULL AND is_confirmed = 0
                ORDER BY source
                """
            )
            return try sources.map { try Self.heldWithdrawals(source: try $0["source"], limit, session) }
        }
    }

    /// A person has looked: what is held of a source goes when upstream says once more that it is gone.
    ///
    /// It becomes due at once. What upstream has again by then stays, and the confirmation with it is void.
    ///
    /// - Parameter ids: Only these, where given.
    /// - Returns: How many withdrawals were confirmed.
    package func confirmWithdrawals(source: SourceName, ids: [Int64]? = nil) async throws -> Int {
        let restriction: SQLStatement = ids.map { "AND id \(anyOf: $0)" } ?? ""
        return try await self.engine.write { session in
            try session.execute(
                """
                UPDATE packages
                SET is_confirmed = 1, due_at_ms = CASE WHEN due_at_ms < \(.now) THEN due_at_ms ELSE \(.now) END
                WHERE source = \(source) AND held_at_ms IS NOT NULL \(restriction)
                """
            )
        }
    }

    /// - Parameter limit: nil where a person has asked for everything.
    static func judge(
        _ results: [PackageResult],
        _ limit: WithdrawalLimit?,
        _ session: any SQLSession
    ) throws -> Judgement {
        var judgement = Judgement()
        let losing = try Self.losing(results, session)
        guard !losing.isEmpty else { return judgement }
        guard let limit else {
            judgement.uncounted = Set(losing.map(\.claim.id))
            return judgement
        }
        judgement.uncounted = Set(losing.filter(\.claim.isConfirmed).map(\.claim.id))
        let unconfirmed = Dictionary(grouping: losing.filter { !$0.claim.isConfirmed }, by: \.claim.source)
        // In one order for all, and before any package is written, so that no two transactions wait for each other.
        for (source, results) in unconfirmed.sorted(by: { $0.key < $1.key }) {
            _ = try session.rows("SELECT 1 FROM sources WHERE name = \(source) \(.lockedRow)")
            let ids = results.map(\.claim.id)
            let known = try Self.heldWithdrawals(source: source, limit, session)
            let again: Int = try session.rows(
                """
                SELECT count(*) AS count FROM packages
                WHERE id \(anyOf: ids) AND held_at_ms IS NOT NULL AND is_confirmed = 0
                """
            )[0]["count"]
            // What is held counts too: it must not seep out a day's limit at a time.
            let isWithin = known.withdrawn + known.held - again + ids.count <= known.limit
            if isWithin { judgement.counted.formUnion(ids) } else { judgement.held.formUnion(ids) }
        }
        return judgement
    }

    private static func heldWithdrawals(
        source: SourceName,
        _ limit: WithdrawalLimit,
        _ session: any SQLSession
    ) throws -> HeldWithdrawals {
        let window = limit.window.components.seconds * 1_000
        let row = try session.rows(
            """
            SELECT
                (SELECT count(*) FROM packages
                    WHERE source = \(source) AND held_at_ms IS NOT NULL AND is_confirmed = 0) AS held,
                (SELECT count(*) FROM packages
                    WHERE source = \(source) AND withdrawn_at_ms > \(.now) - \(window)) AS withdrawn,
                (SELECT count(*) FROM packages WHERE state = 'active' AND source = \(source)) AS active,
                (SELECT count(*) FROM packages
                    WHERE source = \(source) AND withdrawn_at_ms > \(.now) - \(window) AND state <> 'active') AS gone
            """
        )[0]
        let (active, gone): (Int, Int) = (try row["active"], try row["gone"])
        // Those of the window belong to what it began with; what has only lost its versions is active still.
        let published = active + gone
        return HeldWithdrawals(
            source: source,
            held: try row["held"],
            withdrawn: try row["withdrawn"],
            published: published,
            limit: limit.count(published: published)
        )
    }

    /// The results that would take away a document, or its last version.
    private static func losing(_ results: [PackageResult], _ session: any SQLSession) throws -> [PackageResult] {
        let afterwards = results.flatMap { result in
            result.documents.filter { ObjectKind.ofDocument($0.path) == .document }
                .filter { $0.content == nil || result.emptyDocuments.contains($0.path) }
                .map { (path: $0.path, hash: $0.content?.hash.bytes, id: result.claim.id) }
        }
        guard !afterwards.isEmpty else { return [] }
        let rows = try session.rows(
            """
            SELECT key, content_hash FROM objects
            WHERE key \(anyOf: afterwards.map(\.path)) AND content_hash IS NOT NULL
            """
        )
        let present = Dictionary(
            try rows.map { row -> (String, [UInt8]) in (try row["key"], try row["content_hash"]) },
            uniquingKeysWith: { first, _ in first }
        )
        var changing = afterwards.filter { document in present[document.path].map { $0 != document.hash } ?? false }
        guard !changing.isEmpty else { return [] }
        // What stays, and had no version before, loses none: of a closure another reason may become known.
        let empty = try Self.emptyDocuments(changing.filter { $0.hash != nil }.map(\.path), session)
        changing.removeAll { $0.hash != nil && empty.contains($0.path) }
        guard !changing.isEmpty else { return [] }
        // A result that will not be written, because its lease has passed on, takes nothing away.
        let ids = Set(changing.map(\.id))
        let claims = Dictionary(
            try session.rows("SELECT package_id, claim FROM package_leases WHERE package_id \(anyOf: Array(ids))")
                .map { row -> (Int64, Int64) in (try row["package_id"], try row["claim"]) },
            uniquingKeysWith: { first, _ in first }
        )
        return results.filter { ids.contains($0.claim.id) && claims[$0.claim.id] == $0.claim.claimNumber }
    }

    /// Those of some documents that have no version in them, as they should be now.
    private static func emptyDocuments(_ paths: [String], _ session: any SQLSession) throws -> Set<String> {
        guard !paths.isEmpty else { return [] }
        let rows = try session.rows(
            """
            SELECT key, hash, encoding, size, bytes FROM objects JOIN blobs ON hash = content_hash
            WHERE key \(anyOf: paths)
            """
        )
        return try Set(
            rows.compactMap { row in
                let path: String = try row["key"]
                guard let name = DocumentName(path: path), let bytes = try? Blob(row: row).content(),
                    let scan = try? DistScan(bytes, of: name.package)
                else { return nil }
                return scan.versions.isEmpty ? path : nil
            }
        )
    }

    /// Leaves packages and documents as they are; the packages are looked at again later.
    static func hold(
        _ results: [PackageResult],
        _ limit: WithdrawalLimit,
        run: RunID,
        _ session: any SQLSession
    ) throws {
        try session.execute(
            """
            UPDATE packages
            SET held_at_ms = coalesce(held_at_ms, \(.now)), doubts = \(named: "doubts"), attempts = 0, is_suspect = 0,
                last_error = NULL, updated_run = \(named: "run"),
                due_at_ms = CASE WHEN is_confirmed = 1 OR changed_revision > \(named: "claimed_revision") THEN \(.now)
                    ELSE \(.now) + \(named: "delay") END,
                derive_at_ms = CASE WHEN derive_at_ms IS NOT NULL THEN \(.now) + \(named: "delay") END
            WHERE id = \(named: "id")
            """,
            each: results.map {
                [
                    "id": .integer($0.claim.id),
                    "doubts": .integer(Int64($0.claim.doubts)), "run": .run(run),
                    "claimed_revision": .integer($0.claim.changedRevision),
                    "delay": .integer(limit.heldDelay.components.seconds * 1_000),
                ]
            }
        )
    }
}
