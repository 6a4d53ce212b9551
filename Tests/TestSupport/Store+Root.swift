package import Facts
package import Store

extension Store {
    /// Says what a root, or another object that belongs to no package, should say.
    ///
    /// - Returns: Whether it differs from what it was.
    package func setRootDocument(path: String, content: Blob, run: RunID) async throws -> Bool {
        try await self.engine.write { session in
            var references = BlobReferences()
            let written = try Self.setContents(
                [(path, nil, content)],
                kind: .root,
                references: &references,
                run: run,
                session
            )
            try references.write(session)
            return written.changed == 1
        }
    }
}
