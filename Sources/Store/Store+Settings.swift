/// `settings`: what the stages agree on through the database.
extension Store {
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
                try session.execute(
                    """
                    INSERT INTO settings (key, value) VALUES (\(key), \(value))
                    ON CONFLICT (key) DO UPDATE SET value = excluded.value
                    """
                )
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
