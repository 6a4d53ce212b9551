package import Facts

/// What the database refused, in words for the operator.
package enum StoreError: Error, Equatable, CustomStringConvertible {
    /// What is wrong with `PACKLINE_DATABASE_URL`, see ``DatabaseURL/problem(of:)``.
    case badDatabaseURL(String)
    case cannotOpen(database: String, reason: String)
    /// The schema was written by a newer build.
    case newerDatabase(found: Int, known: Int)
    /// The schema is of an older build, and this was opened for reading.
    case olderDatabase(found: Int, known: Int)
    /// There is no database where one was to be read.
    case noDatabase(String)
    /// Another build migrated the database, or a backup was restored, since this process opened it.
    case schemaMoved(found: Int, known: Int)
    /// Another process has made another bucket the one that is published to; empty where none is noted any more.
    case bucketMoved(to: String)
    /// What was found in the bucket may be gone from it in a moment.
    case archivesBeingRemoved
    /// The lease of a source has passed to another run.
    case leaseLost(source: SourceName)
    /// A blob does not give back the bytes that its hash names.
    case corruptBlob(hash: String)
    case unexpectedColumn(String)
    /// The connection was lost, or another transaction was in the way; trying again may help.
    case retryable(reason: String)
    /// A statement failed; never holds bound values.
    case failed(reason: String, statement: String)

    /// Whether the same transaction may succeed when it is tried again.
    package var isRetryable: Bool { if case .retryable = self { true } else { false } }

    /// Whether what was asked for may be had later: from a database that is reached again, or after a repair.
    package var mayPass: Bool {
        switch self {
        case .retryable, .corruptBlob: true
        default: false
        }
    }

    /// Whether only a newer build can go on: there is no use in trying again.
    package var wantsNewerBuild: Bool {
        switch self {
        case .newerDatabase: true
        case .schemaMoved(let found, let known): found > known
        default: false
        }
    }

    package var description: String {
        switch self {
        case .badDatabaseURL(let problem):
            "PACKLINE_DATABASE_URL \(problem); it takes sqlite:PATH (such as sqlite:data/packline.sqlite) or "
                + "postgres://USER@HOST/DATABASE"
        case .cannotOpen(let database, let reason):
            "cannot open the database '\(database)': \(reason); "
                + (database.hasPrefix("postgres")
                    ? "check host, port, user and password in PACKLINE_DATABASE_URL"
                    : "check that its folder exists, is writable and has space")
        case .newerDatabase(let found, let known):
            "the database has schema \(found), this build knows up to \(known); run the newer build, or restore a backup"
        case .olderDatabase(let found, let known):
            "the database has schema \(found), this build needs \(known): run discover, update or sync, which migrate it"
        case .noDatabase(let database):
            "there is no database of Packline's at '\(database)': check PACKLINE_DATABASE_URL and --database, or run "
                + "discover, which makes one"
        case .schemaMoved(let found, let known) where found > known:
            "the database was migrated to schema \(found) by a newer version, this process knows \(known): it writes "
                + "nothing more; run the newer version"
        case .schemaMoved(let found, let known):
            "the database went back to schema \(found) while this process, which needs \(known), was at work: it writes "
                + "nothing more; the next run migrates the database"
        case .bucketMoved(let bucket):
            "while this run was at work, the database was given another bucket to publish to (\(bucket)): it uploads nothing "
                + "more; check PACKLINE_BUCKET_URL of all processes"
        case .archivesBeingRemoved:
            "'sync remove-archives' is at work, or was while archives were read, and what was found in the bucket may be among "
                + "what it deletes; try again when it is done, or a quarter of an hour after it was killed"
        case .leaseLost(let source):
            "the lease of source '\(source)' has passed to another run; what this run had not committed was dropped"
        case .corruptBlob(let hash):
            "blob \(hash) in the database is damaged; restore a backup, or run 'update --force' for its package"
        case .unexpectedColumn(let text): "the database does not match this build: \(text)"
        case .retryable(let reason): "the database could not be reached in time: \(reason)"
        case .failed(let reason, let statement): "the database refused a statement: \(reason); in: \(statement)"
        }
    }
}
