package import Store

extension Store {
    /// Makes plugins of these Composer names that are live and announced, whatever they say.
    package func announce(_ names: [String]) async throws {
        _ = try await self.engine.write { session in
            try session.execute("INSERT INTO sources (name) VALUES ('wordpress-plugins')")
            for (index, name) in names.enumerated() {
                let id = Int64(index + 1)
                try session.execute(
                    """
                    INSERT INTO packages (id, source, key, name, state)
                    VALUES (\(id), 'wordpress-plugins', \(name), \(name), 'active')
                    """
                )
                let hash = SQLValue.blob([UInt8](repeating: 7, count: 32))
                try session.execute(
                    """
                    INSERT INTO objects (key, kind, package_id, content_hash, deployed_hash, announced_hash, content_changed_at_ms)
                    VALUES (\("p2/\(name).json"), 'document', \(id), \(hash), \(hash), \(hash), 0)
                    """
                )
            }
        }
    }
}
