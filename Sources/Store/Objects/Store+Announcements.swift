package import Composer
package import Facts

/// Objects that say what is live of others.
extension Store {
    /// Marks them in the transaction that changes what is live: also those that are marked, because somebody may be
    /// deriving one at this moment from what was live before, and is waited for here.
    static func markAnnouncementsStale(_ session: any SQLSession) throws {
        try session.execute("UPDATE objects SET is_stale = 1 WHERE kind = 'root'")
    }

    /// Derives a root from what is live, unless it says so already.
    ///
    /// There is none before anything is live.
    ///
    /// - Parameters:
    ///   - settings: The name of all else that shapes it.
    ///   - sources: Those that could have something live.
    ///   - unnamed: Those of them whose packages the root has to name, because their names can be any.
    ///   - maxNames: The most names, of packages or else of vendors.
    ///   - derive: Its bytes, from what is live.
    /// - Returns: Whether it says something else than before.
    package func deriveRoot(
        _ key: String,
        under settings: ContentHash,
        of sources: [SourceName],
        naming unnamed: [SourceName] = [],
        maxNames: Int = Store.maxLiveNames,
        run: RunID,
        _ derive: @escaping @Sendable (_ live: LivePackages) -> [UInt8]
    ) async throws -> Bool {
        guard try await self.isRootDue(key, under: settings, of: sources) else { return false }
        return try await self.engine.write { session in
            // First: who changes what is live from here on waits, and marks it again. Stampers before the first root have
            // nothing to mark, and are waited for.
            try FeedPositions.lock(session)
            try session.execute(
                """
                INSERT INTO objects (key, kind, content_changed_at_ms) VALUES (\(key), \(ObjectKind.root), 0)
                ON CONFLICT (key) DO NOTHING
                """
            )
            // Until the new one is stamped, the one of before is live.
            let isLive: SQLStatement = "key = \(key) AND live_hash = content_hash"
            if let live = try session.rows("SELECT derived_under FROM objects WHERE \(isLive)").first {
                let under: ContentHash? = try live["derived_under"]
                try Self.setSetting(Self.liveUnder(key), to: under?.hexadecimal ?? "", session)
            }
            try session.execute(
                "UPDATE objects SET is_stale = 0, derived_under = \(settings.bytes) WHERE key = \(key)"
            )
            let live = LivePackages(
                sources: try Self.live(of: sources, session),
                names: try Self.liveNames(of: unnamed, limit: maxNames, session)
            )
            let content = Blob(of: derive(live))
            var references = BlobReferences()
            let written = try Self.setContents(
                [(key, nil, content)],
                kind: .root,
                references: &references,
                run: run,
                session
            )
            try references.write(session)
            return written.changed > 0
        }
    }

    /// Whether an object should exist.
    package func hasContent(_ key: String) async throws -> Bool {
        try await self.engine.read { session in
            try !session.rows("SELECT 1 FROM objects WHERE key = \(key) AND content_hash IS NOT NULL").isEmpty
        }
    }

    /// Has a root go that is not wanted any more.
    ///
    /// - Returns: Whether there was one.
    package func withdrawRoot(_ key: String, run: RunID) async throws -> Bool {
        guard try await self.hasContent(key) else { return false }
        return try await self.engine.write { session in
            var references = BlobReferences()
            let content: Blob? = nil
            let written = try Self.setContents(
                [(key, nil, content)],
                kind: .root,
                references: &references,
                run: run,
                session
            )
            try references.write(session)
            // Where it is wanted again, nothing else calls for it.
            try session.execute("UPDATE objects SET is_stale = 1 WHERE key = \(key)")
            return written.withdrawn > 0
        }
    }

    /// Whether there is a root, and it was derived under other settings.
    package func isRoot(_ key: String, notUnder settings: ContentHash) async throws -> Bool {
        try await self.engine.read { session in
            try !session.rows(
                """
                SELECT 1 FROM objects
                WHERE key = \(key) AND content_hash IS NOT NULL AND derived_under IS DISTINCT FROM \(settings.bytes)
                """
            ).isEmpty
        }
    }

    /// Where it is kept what a root that is live was derived under, while another is to take its place.
    private static func liveUnder(_ key: String) -> String { "live_under \(key)" }

    /// Whether a root is live that was derived under other settings than these, or may be.
    package func isLiveRoot(_ key: String, underNoneOf settings: [ContentHash]) async throws -> Bool {
        try await self.engine.read { session in
            let row = try session.rows(
                """
                SELECT derived_under, CASE WHEN live_hash = content_hash THEN 1 ELSE 0 END AS is_newest,
                    (SELECT value FROM settings WHERE settings.key = \(Self.liveUnder(key))) AS live_under
                FROM objects WHERE key = \(key) AND live_hash IS NOT NULL
                """
            ).first
            guard let row else { return false }
            let (newest, former): (ContentHash?, String?) = (try row["derived_under"], try row["live_under"])
            let under = try row["is_newest"] ? newest?.hexadecimal : former
            return !settings.contains { $0.hexadecimal == under }
        }
    }

    /// Has a root be tried again at once, however often that failed.
    package func retryRoot(_ key: String) async throws {
        _ = try await self.engine.write { session in
            try session.execute("UPDATE objects SET due_at_ms = \(.now) WHERE key = \(key) AND due_at_ms > \(.now)")
        }
    }

    /// Whether ``deriveRoot(_:under:of:naming:maxNames:run:_:)`` has something to do.
    package func isRootDue(_ key: String, under settings: ContentHash, of sources: [SourceName]) async throws -> Bool {
        try await self.engine.read { session in
            let row = try session.rows(
                "SELECT is_stale, content_lost, derived_under FROM objects WHERE key = \(key)"
            ).first
            guard let row else { return try !Self.live(of: sources, session).isEmpty }
            let (isStale, isLost): (Bool, Bool) = (try row["is_stale"], try row["content_lost"])
            let derivedUnder: ContentHash? = try row["derived_under"]
            return isStale || isLost || derivedUnder != settings
        }
    }
}
