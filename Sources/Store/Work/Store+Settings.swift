package import Facts

/// `settings`: what the stages agree on through the database; and the settings that each source's documents are
/// derived under.
extension Store {
    /// A value that the stages agree on, nil when there is none yet.
    package func setting(_ key: String) async throws -> String? {
        try await self.engine.read { session in
            try session.rows("SELECT value FROM settings WHERE key = \(key)").first?["value"]
        }
    }

    package func setSetting(_ key: String, to value: String) async throws {
        _ = try await self.engine.write { try Self.setSetting(key, to: value, $0) }
    }

    static func setSetting(_ key: String, to value: String, _ session: any SQLSession) throws {
        try session.execute(
            """
            INSERT INTO settings (key, value) VALUES (\(key), \(value))
            ON CONFLICT (key) DO UPDATE SET value = excluded.value
            """
        )
    }

    /// A value that is a number, 0 where there is none yet.
    static func number(ofSetting key: String, _ session: any SQLSession) throws -> Int64 {
        let rows = try session.rows("SELECT CAST(value AS BIGINT) AS number FROM settings WHERE key = \(key)")
        return try rows.first?["number"] ?? 0
    }

    /// Adds to a value that is a number, 0 where there is none yet.
    static func add(_ change: Int64, toSetting key: String, _ session: any SQLSession) throws {
        try session.execute(
            """
            INSERT INTO settings (key, value) VALUES (\(key), CAST(\(change) AS TEXT))
            ON CONFLICT (key) DO UPDATE
            SET value = CAST(CAST(settings.value AS BIGINT) + CAST(excluded.value AS BIGINT) AS TEXT)
            """
        )
    }

    /// The number of the settings that a source's documents are derived under.
    ///
    /// It grows each time the fingerprint differs from the one that is known, which makes every package of the source
    /// outdated that was derived under a smaller number, and of no other source.
    package func format(of source: SourceName, forFingerprint fingerprint: String) async throws -> Int64 {
        if let format = try await self.knownFormat(of: source, forFingerprint: fingerprint) { return format }
        return try await self.engine.write { session in
            try session.execute(
                """
                INSERT INTO sources (name, fingerprint, format) VALUES (\(source), \(fingerprint), 1)
                ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, format = sources.format + 1
                    WHERE sources.fingerprint IS DISTINCT FROM excluded.fingerprint
                """
            )
            return try Self.knownFormat(of: source, forFingerprint: fingerprint, session) ?? 1
        }
    }

    /// The same where these are the settings that are known; nil where they are others.
    package func knownFormat(of source: SourceName, forFingerprint fingerprint: String) async throws -> Int64? {
        try await self.engine.read { try Self.knownFormat(of: source, forFingerprint: fingerprint, $0) }
    }

    private static func knownFormat(
        of source: SourceName,
        forFingerprint fingerprint: String,
        _ session: any SQLSession
    ) throws -> Int64? {
        try session.rows(
            "SELECT format FROM sources WHERE name = \(source) AND fingerprint = \(fingerprint)"
        ).first?["format"]
    }
}
