import Composer
import Facts

/// `log_facts` and `log_folders`: what is known of the paths of packages.
extension Store {
    /// Takes in what a stretch of changes says.
    ///
    /// What is newer wins, whatever order the stretches come in: a backfill brings older ones later.
    static func recordFacts(_ packages: [PackageRecord], source: SourceName, _ session: any SQLSession) throws {
        try self.recordPaths(packages, source: source, session)
        let changed = packages.filter { !$0.folders.isEmpty }
        if !changed.isEmpty { try self.recordFolders(changed, source: source, session) }
    }

    private static func recordPaths(_ packages: [PackageRecord], source: SourceName, _ session: any SQLSession) throws {
        // What upstream has taken in stays known beside what is newer, for as long as it may be behind.
        let isNewer: SQLStatement = "excluded.revision >= log_facts.revision"
        let isImported: SQLStatement = """
            excluded.revision > log_facts.revision AND log_facts.revision <=
                (SELECT settled_revision FROM packages WHERE packages.id = log_facts.package_id)
            """
        // The greatest of all appearances, of a removed path too: copies of what was there before ask for it.
        let hasAppeared: SQLStatement =
            "excluded.appeared_revision >= coalesce(log_facts.appeared_revision, excluded.appeared_revision)"
        try session.execute(
            """
            INSERT INTO log_facts
                (package_id, path, revision, changed_at_ms, appeared_revision, appeared_at_ms, removed)
            SELECT id, CAST(\(named: "path") AS TEXT), CAST(\(named: "revision") AS BIGINT),
                CAST(\(named: "changed_at") AS BIGINT), CAST(\(named: "appeared") AS BIGINT),
                CAST(\(named: "appeared_at") AS BIGINT), CAST(\(named: "removed") AS BIGINT)
            FROM packages WHERE source = \(named: "source") AND key = \(named: "key")
            ON CONFLICT (package_id, path) DO UPDATE SET
                revision = CASE WHEN \(isNewer) THEN excluded.revision ELSE log_facts.revision END,
                changed_at_ms = CASE WHEN \(isNewer) THEN excluded.changed_at_ms ELSE log_facts.changed_at_ms END,
                removed = CASE WHEN \(isNewer) THEN excluded.removed ELSE log_facts.removed END,
                appeared_revision = CASE WHEN \(hasAppeared)
                    THEN excluded.appeared_revision ELSE log_facts.appeared_revision END,
                appeared_at_ms = CASE WHEN \(hasAppeared)
                    THEN excluded.appeared_at_ms ELSE log_facts.appeared_at_ms END,
                imported_revision = CASE WHEN \(isImported)
                    THEN log_facts.revision ELSE log_facts.imported_revision END,
                imported_changed_at_ms = CASE WHEN \(isImported)
                    THEN log_facts.changed_at_ms ELSE log_facts.imported_changed_at_ms END,
                imported_appeared_revision = CASE WHEN \(isImported)
                    THEN log_facts.appeared_revision ELSE log_facts.imported_appeared_revision END,
                imported_appeared_at_ms = CASE WHEN \(isImported)
                    THEN log_facts.appeared_at_ms ELSE log_facts.imported_appeared_at_ms END,
                imported_removed = CASE WHEN \(isImported)
                    THEN log_facts.removed ELSE log_facts.imported_removed END
            """,
            eachOf: packages.lazy.flatMap { package in
                package.paths.lazy.map { record -> SQLParameters in
                    let history = record.history
                    return [
                        "source": .text(source), "key": .text(package.key), "path": .text(record.path),
                        "revision": .integer(history.last.revision),
                        "changed_at": .integer(history.last.dateMilliseconds),
                        "appeared": .integer(history.appeared?.revision),
                        "appeared_at": .integer(history.appeared?.dateMilliseconds),
                        "removed": .integer(history.isRemoved ? 1 : 0),
                    ]
                }
            }
        )
    }

    private static func recordFolders(_ packages: [PackageRecord], source: SourceName, _ session: any SQLSession) throws
    {
        try session.execute(
            """
            INSERT INTO log_folders (package_id, prefix, revision, changed_at_ms, copied_from)
            SELECT id, CAST(\(named: "prefix") AS TEXT), CAST(\(named: "revision") AS BIGINT),
                CAST(\(named: "changed_at") AS BIGINT), CAST(\(named: "copied_from") AS BIGINT)
            FROM packages WHERE source = \(named: "source") AND key = \(named: "key")
            ON CONFLICT (package_id, prefix, revision) DO NOTHING
            """,
            eachOf: packages.lazy.flatMap { package in
                package.folders.lazy.map { change -> SQLParameters in
                    [
                        "source": .text(source), "key": .text(package.key), "prefix": .text(change.prefix),
                        "revision": .integer(change.revision), "changed_at": .integer(change.dateMilliseconds),
                        "copied_from": .integer(change.copiedFrom),
                    ]
                }
            }
        )
        try session.execute(
            """
            DELETE FROM log_folders
            WHERE package_id = (SELECT id FROM packages WHERE source = \(named: "source") AND key = \(named: "key"))
                AND (
                    SELECT count(*) FROM log_folders AS newer
                    WHERE newer.package_id = log_folders.package_id AND newer.prefix = log_folders.prefix
                        AND newer.revision > log_folders.revision
                ) >= \(named: "kept")
            """,
            each: packages.map {
                ["source": .text(source), "key": .text($0.key), "kept": .integer(Int64(FolderChange.maxKept))]
            }
        )
    }

    /// Drops what seemed to be known of revisions after `revision`; what was imported before is newest again.
    static func dropFacts(after revision: Int64, source: SourceName, _ session: any SQLSession) throws {
        let ofSource: SQLStatement = "package_id IN (SELECT id FROM packages WHERE source = \(source))"
        try session.execute(
            """
            UPDATE log_facts
            SET revision = imported_revision, changed_at_ms = imported_changed_at_ms, removed = imported_removed,
                appeared_revision = imported_appeared_revision, appeared_at_ms = imported_appeared_at_ms
            WHERE \(ofSource) AND revision > \(revision) AND imported_revision <= \(revision)
            """
        )
        try session.execute("DELETE FROM log_facts WHERE \(ofSource) AND revision > \(revision)")
        try session.execute("DELETE FROM log_folders WHERE \(ofSource) AND revision > \(revision)")
        try session.execute(
            """
            UPDATE log_facts SET appeared_revision = NULL, appeared_at_ms = NULL
            WHERE \(ofSource) AND appeared_revision > \(revision)
            """
        )
    }

    /// What is known of the paths of packages, by the package's id.
    static func logs(of packages: [Int64], _ session: any SQLSession) throws -> [Int64: PackageLog] {
        var logs: [Int64: PackageLog] = [:]
        let paths = try session.rows(
            """
            SELECT package_id, path, revision, changed_at_ms, removed, appeared_revision, appeared_at_ms,
                imported_revision, imported_changed_at_ms, imported_removed, imported_appeared_revision,
                imported_appeared_at_ms
            FROM log_facts WHERE package_id \(anyOf: packages)
            """
        )
        for row in paths {
            guard let newest = try PathHistory(newestIn: row) else { continue }
            logs[try row["package_id"], default: PackageLog()].paths[try row["path"]] = PackageLog.Path(
                newest: newest,
                imported: try PathHistory(importedIn: row)
            )
        }
        let folders = try session.rows(
            """
            SELECT package_id, prefix, revision, changed_at_ms, copied_from
            FROM log_folders WHERE package_id \(anyOf: packages)
            """
        )
        for row in folders {
            logs[try row["package_id"], default: PackageLog()].folders.append(
                FolderChange(
                    prefix: try row["prefix"],
                    revision: try row["revision"],
                    dateMilliseconds: try row["changed_at_ms"],
                    content: FolderChange.Content(copiedFrom: try row["copied_from"])
                )
            )
        }
        return logs
    }
}

extension FolderChange {
    fileprivate var copiedFrom: Int64? {
        switch self.content {
        case .nothing: nil
        case .another: 0
        case .itself(let revision): revision
        }
    }
}

extension FolderChange.Content {
    fileprivate init(copiedFrom: Int64?) {
        self =
            switch copiedFrom {
            case nil: .nothing
            case let revision? where revision > 0: .itself(at: revision)
            default: .another
            }
    }
}

extension PathHistory {
    fileprivate init?(newestIn row: SQLRow) throws {
        try self.init(
            revision: row["revision"],
            date: row["changed_at_ms"],
            isRemoved: row["removed"],
            appeared: row["appeared_revision"],
            dateOfAppearance: row["appeared_at_ms"]
        )
    }

    fileprivate init?(importedIn row: SQLRow) throws {
        guard let revision: Int64 = try row["imported_revision"] else { return nil }
        try self.init(
            revision: revision,
            date: row["imported_changed_at_ms"],
            isRemoved: row["imported_removed"],
            appeared: row["imported_appeared_revision"],
            dateOfAppearance: row["imported_appeared_at_ms"]
        )
    }

    private init?(revision: Int64?, date: Int64?, isRemoved: Bool?, appeared: Int64?, dateOfAppearance: Int64?) {
        guard let revision else { return nil }
        self.init(
            last: Event(revision: revision, dateMilliseconds: date),
            isRemoved: isRemoved == true,
            appeared: appeared.map { Event(revision: $0, dateMilliseconds: dateOfAppearance) }
        )
    }
}
