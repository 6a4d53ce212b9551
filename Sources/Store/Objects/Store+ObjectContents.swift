import Composer
package import Facts

/// Setting what objects should say.
extension Store {
    /// What became of contents when they were written.
    package struct WrittenContents: Sendable, Equatable {
        package var changed = 0
        package var unchanged = 0
        package var withdrawn = 0
    }

    /// What an object should say; nil when it should not exist.
    package typealias ObjectContent = (key: String, package: Int64?, content: Blob?)

    /// A new content is tried at once, whatever became of the one before.
    private static let nothingFailed: SQLStatement =
        "content_lost = 0, due_at_ms = 0, attempts = 0, last_error = NULL, failed_run = NULL"

    /// Sets what objects should say, and counts who names which blob.
    ///
    /// What they say already is not written. A document belongs to the package that set it last: another that had it, and
    /// may have it again one day, is derived anew then; and what is another's nobody withdraws, nor what another sets in the
    /// same batch.
    package static func setContents(
        _ objects: [ObjectContent],
        kind: ObjectKind = .document,
        references: inout BlobReferences,
        run: RunID,
        _ session: any SQLSession
    ) throws -> WrittenContents {
        var written = WrittenContents()
        var rest = Self.oneOfEachKey(objects)
        while !rest.isEmpty {
            let known = try Self.lockedContents(rest.map(\.key), session)
            var new: [ObjectContent] = []
            var changed: [ObjectContent] = []
            var taken: [(object: ObjectContent, from: Int64)] = []
            var reverted: [String] = []
            for object in rest {
                guard let old = known[object.key] else {
                    if object.content != nil { new.append(object) }
                    continue
                }
                if let former = old.package, let package = object.package, former != package, old.hash != nil {
                    if object.content == nil { continue }
                    taken.append((object, former))
                }
                if old.hash == object.content?.hash, !old.isLost {
                    if object.content != nil { written.unchanged += 1 }
                } else {
                    // What is lost holds no reference.
                    references.point(to: object.content, insteadOf: old.isLost ? nil : old.hash)
                    changed.append(object)
                    if old.live != .unknown, old.live.content == object.content?.hash { reverted.append(object.key) }
                    if object.content == nil { written.withdrawn += 1 } else { written.changed += 1 }
                }
            }
            try Self.change(changed, run: run, session)
            try Self.markOnTheirWay(reverted, session)
            try Self.take(taken, session)
            // Another transaction may have made one of them meanwhile: it is known then.
            rest = try Self.insert(new, kind: kind, run: run, session)
            let raced = Set(rest.map(\.key))
            for object in new where !raced.contains(object.key) {
                references.point(to: object.content, insteadOf: nil)
                written.changed += 1
            }
        }
        return written
    }

    /// Contents before none, and of two contents the last.
    private static func oneOfEachKey(_ objects: [ObjectContent]) -> [ObjectContent] {
        var places: [String: Int] = [:]
        places.reserveCapacity(objects.count)
        for (index, object) in objects.enumerated() {
            guard let known = places[object.key], objects[known].content != nil, object.content == nil else {
                places[object.key] = index
                continue
            }
        }
        return places.count == objects.count ? objects : places.values.sorted().map { objects[$0] }
    }

    /// Withdraws documents; those that should not exist already are left alone.
    ///
    /// - Returns: How many were withdrawn.
    static func withdraw(
        _ keys: [String],
        references: inout BlobReferences,
        run: RunID,
        _ session: any SQLSession
    ) throws -> Int {
        try Self.setContents(
            keys.map { ($0, nil, nil) },
            references: &references,
            run: run,
            session
        ).withdrawn
    }

    /// What objects should say, which stays so until the transaction ends; in the order of their keys, so that two writers
    /// can't wait for each other.
    private static func lockedContents(
        _ keys: [String],
        _ session: any SQLSession
    ) throws -> [String: KnownContent] {
        let rows = try session.rows(
            """
            SELECT key, content_hash, content_lost, package_id, deployed_hash FROM objects
            WHERE key \(anyOf: keys) ORDER BY key \(.lockedRow)
            """
        )
        var known: [String: KnownContent] = [:]
        known.reserveCapacity(rows.count)
        for row in rows {
            known[try row["key"]] = (
                try row["content_hash"], try row["content_lost"], try row["package_id"], try row["deployed_hash"]
            )
        }
        return known
    }

    private typealias KnownContent = (hash: ContentHash?, isLost: Bool, package: Int64?, live: Live)

    /// Contents that are again what is live, as far as somebody was about to upload the one in between: what is live is unknown
    /// then, as it is not known whether he has.
    ///
    /// Nobody has claimed them since they were locked.
    private static func markOnTheirWay(_ keys: [String], _ session: any SQLSession) throws {
        if keys.isEmpty { return }
        try session.execute(
            """
            UPDATE objects SET deployed_hash = \(.noBytes)
            WHERE key IN (SELECT object_key FROM object_leases WHERE object_key \(anyOf: keys))
            """
        )
    }

    /// Documents that were another package's.
    private static func take(_ taken: [(object: ObjectContent, from: Int64)], _ session: any SQLSession) throws {
        if taken.isEmpty { return }
        try session.execute(
            "UPDATE objects SET package_id = \(named: "package") WHERE key = \(named: "key")",
            each: taken.map { ["key": .text($0.object.key), "package": .integer($0.object.package)] }
        )
        try session.execute(
            "UPDATE packages SET derived_key = NULL, format = 0 WHERE id \(anyOf: Array(Set(taken.map(\.from))))"
        )
    }

    private static func change(_ objects: [ObjectContent], run: RunID, _ session: any SQLSession) throws {
        try session.execute(
            """
            UPDATE objects
            SET content_hash = \(named: "hash"), content_changed_at_ms = \(.now),
                last_modified_s = \(Self.nextLastModified), updated_run = \(named: "run"),
                package_id = coalesce(\(named: "package"), package_id), \(Self.nothingFailed)
            \(.ofBatch)
            WHERE key = \(named: "key")
            """,
            each: objects.map { object -> SQLParameters in
                [
                    "key": .text(object.key), "package": .integer(object.package), "run": .run(run),
                    "hash": .blob(object.content?.hash.bytes),
                ]
            }
        )
    }

    /// - Returns: Those that were there already.
    private static func insert(
        _ objects: [ObjectContent],
        kind: ObjectKind,
        run: RunID,
        _ session: any SQLSession
    ) throws -> [ObjectContent] {
        let inserted = try session.execute(
            """
            INSERT INTO objects (key, package_id, kind, content_hash, content_changed_at_ms, updated_run)
            \(row: "\(named: "key"), \(named: "package"), \(kind), \(named: "hash"), \(.now), \(named: "run")")
            ON CONFLICT (key) DO NOTHING
            """,
            each: objects.map { object -> SQLParameters in
                [
                    "key": .text(object.key), "package": .integer(object.package), "run": .run(run),
                    "hash": .blob(object.content?.hash.bytes),
                ]
            }
        )
        return zip(objects, inserted).filter { $0.1 == 0 }.map(\.0)
    }
}
