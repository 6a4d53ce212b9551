/// `settings`: what the stages agree on through the database.
extension Store {
    /// A value that the stages agree on, nil when there is none yet.
    package func setting(_ key: String) async throws -> String? {
        try await self.engine.read { session in
            try session.rows("SELECT value FROM settings WHERE key = \(key)").first?.text(0)
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

    /// The number of the settings that documents are derived under.
    ///
    /// It grows each time the fingerprint differs from the stored one, which makes every package that was
    /// derived under a smaller number outdated.
    ///
    /// Documents whose key starts with none of `prefixes` are withdrawn in the same transaction: their vendor was
    /// renamed, and no later run would notice.
    package func format(
        forFingerprint fingerprint: String,
        keeping prefixes: [String],
        run: Int64
    ) async throws -> (number: Int64, withdrawn: Int) {
        let stored = try await self.engine.read { try Self.storedFormat($0) }
        if let stored, stored.fingerprint == fingerprint { return (stored.number, 0) }
        return try await self.engine.write { session in
            let stored = try Self.storedFormat(session)
            if let stored, stored.fingerprint == fingerprint { return (stored.number, 0) }
            let number = (stored?.number ?? 0) + 1
            for (key, value) in [("derivation_fingerprint", fingerprint), ("derivation_format", "\(number)")] {
                try Self.setSetting(key, to: value, session)
            }
            return (number, try Self.withdrawDocuments(outside: prefixes, run: run, session))
        }
    }

    private static func storedFormat(_ session: any SQLSession) throws -> (number: Int64, fingerprint: String)? {
        let rows = try session.rows(
            "SELECT key, value FROM settings WHERE key IN ('derivation_fingerprint', 'derivation_format')"
        )
        let values = Dictionary(try rows.map { (try $0.text(0), try $0.text(1)) }, uniquingKeysWith: { $1 })
        guard let fingerprint = values["derivation_fingerprint"],
            let number = values["derivation_format"].flatMap({ Int64($0) })
        else { return nil }
        return (number, fingerprint)
    }
}
