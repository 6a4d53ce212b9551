import Composer
package import Facts

extension Store {
    /// The stored payload of a package, as its kind made it; nil where there is none, or not all of it.
    package func payload(source: String, key: String) async throws -> [PayloadPart]? {
        let stored = try await self.engine.read { session -> [StoredPayload.Part]? in
            let rows = try session.rows(
                "SELECT id, payload_hash FROM packages WHERE source = \(source) AND key = \(key)"
            )
            guard let row = rows.first, let whole: ContentHash = try row["payload_hash"] else { return nil }
            let id: Int64 = try row["id"]
            let parts = try session.rows("SELECT part, hash FROM payloads WHERE package_id = \(id) ORDER BY part")
                .map { (name: try $0["part"] as String, hash: try $0["hash"] as ContentHash) }
            let named = parts.isEmpty ? [(name: PayloadPart.whole, hash: whole)] : parts
            let blobs = try Self.contents(Set(named.map(\.hash)), session)
            let found = named.compactMap { part in
                blobs[part.hash].map { StoredPayload.Part(name: part.name, content: $0) }
            }
            return found.count == named.count ? found : nil
        }
        return try stored?.map { PayloadPart(name: $0.name, bytes: try $0.content.verified()) }
    }
}
