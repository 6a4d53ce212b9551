import Composer
import Facts

/// `log_facts` and `log_folders`: what the change log says of the paths of packages.
extension Store {
    /// Takes in what a stretch of log says.
    ///
    /// What is newer wins, whatever order the stretches come in: a backfill brings older ones later.
    static func recordFacts(_ packages: [PackageRecord], source: String, _ session: any SQLSession) throws {
        try self.recordPaths(packages, source: source, session)
        let changed = packages.filter { !$0.folders.isEmpty }
        if !changed.isEmpty { try self.recordFolders(changed, source: source, session) }
    }

    private static func recordPaths(_ packages: [PackageRecord], source: String, _ session: any SQLSession) throws {
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
            SELECT id, CAST(\(parameter: 2) AS TEXT), CAST(\(parameter: 3) AS BIGINT), CAST(\(parameter: 4) AS BIGINT),
                CAST(\(parameter: 5) AS BIGINT), CAST(\(parameter: 6) AS BIGINT), CAST(\(parameter: 7) AS BIGINT)
            FROM packages WHERE source = \(parameter: 0) AND slug = \(parameter: 1)
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
                package.paths.lazy.map { record in
                    let history = record.history
                    return [
                        .text(source), .text(package.key), .text(record.path), .integer(history.last.revision),
                        .integer(history.last.dateMilliseconds), .integer(history.appeared?.revision),
                        .integer(history.appeared?.dateMilliseconds), .integer(history.isRemoved ? 1 : 0),
                    ]
                }
            }
        )
    }

    private static func recordFolders(_ packages: [PackageRecord], source: String, _ session: any SQLSession) throws {
        try session.execute(
            """
            INSERT INTO log_folders (package_id, prefix, revision, changed_at_ms, copied_from)
            SELECT id, CAST(\(parameter: 2) AS TEXT), CAST(\(parameter: 3) AS BIGINT), CAST(\(parameter: 4) AS BIGINT),
                CAST(\(parameter: 5) AS BIGINT)
            FROM packages WHERE source = \(parameter: 0) AND slug = \(parameter: 1)
            ON CONFLICT (package_id, prefix, revision) DO NOTHING
            """,
            eachOf: packages.lazy.flatMap { package in
                package.folders.lazy.map { change in
                    [
                        .text(source), .text(package.key), .text(change.prefix), .integer(change.revision),
                        .integer(change.dateMilliseconds), .integer(change.copiedFrom),
                    ]
                }
            }
        )
        try session.execute(
            """
            DELETE FROM log_folders
            WHERE package_id = (SELECT id FROM packages WHERE source = \(parameter: 0) AND slug = \(parameter: 1))
                AND (
                    SELECT count(*) FROM log_folders AS newer
                    WHERE newer.package_id = log_folders.package_id AND newer.prefix = log_folders.prefix
                        AND newer.revision > log_folders.revision
                ) >= \(parameter: 2)
            """,
            each: packages.map { [.text(source), .text($0.key), .integer(Int64(FolderChange.maxKept))] }
        )
    }

    /// Drops what the log seemed to say of revisions after `revision`; what was imported before is newest again.
    static func dropFacts(after revision: Int64, source: String, _ session: any SQLSession) throws {
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
            guard let newest = try PathHistory(row: row, from: 2) else { continue }
            logs[try row.integer(0), default: PackageLog()].paths[try row.text(1)] = PackageLog.Path(
                newest: newest,
                imported: try PathHistory(row: row, from: 7)
            )
        }
        let folders = try session.rows(
            """
            SELECT package_id, prefix, revision, changed_at_ms, copied_from
            FROM log_folders WHERE package_id \(anyOf: packages)
            """
        )
        for row in folders {
            logs[try row.integer(0), default: PackageLog()].folders.append(
                FolderChange(
                    prefix: try row.text(1),
                    revision: try row.integer(2),
                    dateMilliseconds: try row.optionalInteger(3),
                    content: FolderChange.Content(copiedFrom: try row.optionalInteger(4))
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
    /// Reads revision, date, removal, appearance and its date from five columns; nil where there is no revision.
    fileprivate init?(row: SQLRow, from column: Int) throws {
        guard let revision = try row.optionalInteger(column) else { return nil }
        let dateOfAppearance = try row.optionalInteger(column + 4)
        self.init(
            last: Event(revision: revision, dateMilliseconds: try row.optionalInteger(column + 1)),
            isRemoved: try row.optionalInteger(column + 2) == 1,
            appeared: try row.optionalInteger(column + 3).map {
                Event(revision: $0, dateMilliseconds: dateOfAppearance)
            }
        )
    }
}
