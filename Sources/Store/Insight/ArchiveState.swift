package import Composer

/// What is known of the archive of one version at one reference.
package struct ArchiveState: Sendable, Encodable, Equatable {
    /// What its package is called where everything has to be called something.
    package var package: String
    /// Normal form.
    package var version: String
    package var reference: String?
    package var url: String
    /// Whether upstream has the version still.
    package var isListed: Bool
    /// Whether it is wanted and not there.
    package var isDue: Bool
    package var stored: Stored?
    package var attempts: Int
    package var lastError: String?
    /// When it is asked for, where it is wanted.
    package var dueAtMilliseconds: Int64?
    /// Since when upstream has said that it has none, where it said so last.
    package var absentSinceMilliseconds: Int64?
    /// Whether that is believed.
    package var isAbsent: Bool

    /// The bytes that are there.
    package struct Stored: Sendable, Encodable, Equatable {
        /// In the bucket.
        package var key: String
        package var sha256: ContentHash?
        package var bytes: Int64
        package var fetchedAtMilliseconds: Int64
        /// Where they came from.
        package var fetchedFrom: String
        /// The version that they say themselves that they are of.
        package var headerVersion: String?
        /// Whether documents may name it.
        package var isLive: Bool
        /// Whether a later look upstream has to show first that it is of its reference.
        package var isUnconfirmed: Bool
    }
}

extension ArchiveState {
    /// With tables `archives`, `packages` and maybe `objects`.
    static let columns: SQLStatement = """
        coalesce(packages.name, packages.source || '/' || packages.key) AS label, version, reference, url, is_listed,
        archives.due_at_ms AS archive_due_at, archives.attempts AS archive_attempts,
        archives.last_error AS archive_error, absent_since_ms, is_absent, object_key, size, fetched_at_ms, fetched_from,
        header_version, needs_confirmation, objects.content_hash AS archive_hash, objects.live_hash AS archive_live
        """

    init(row: SQLRow) throws {
        let dueAt: Int64? = try row["archive_due_at"]
        self.init(
            package: try row["label"],
            version: try row["version"],
            reference: try row["reference"],
            url: try row["url"],
            isListed: try row["is_listed"],
            isDue: dueAt != nil,
            stored: try Stored(row: row),
            attempts: try row["archive_attempts"],
            lastError: try row["archive_error"],
            dueAtMilliseconds: dueAt,
            absentSinceMilliseconds: try row["absent_since_ms"],
            isAbsent: try row["is_absent"]
        )
    }
}

extension ArchiveState.Stored {
    /// - Returns: nil where nothing is there.
    fileprivate init?(row: SQLRow) throws {
        guard let key: String = try row["object_key"], let bytes: Int64 = try row["size"],
            let fetchedAt: Int64 = try row["fetched_at_ms"]
        else { return nil }
        let live: ContentHash? = try row["archive_live"]
        let isUnconfirmed: Bool = try row["needs_confirmation"]
        self.init(
            key: key,
            sha256: try row["archive_hash"],
            bytes: bytes,
            fetchedAtMilliseconds: fetchedAt,
            fetchedFrom: try row["fetched_from"] as String? ?? "",
            headerVersion: try row["header_version"],
            isLive: live != nil && !isUnconfirmed,
            isUnconfirmed: isUnconfirmed
        )
    }
}
