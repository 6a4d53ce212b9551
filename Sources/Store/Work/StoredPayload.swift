package import Composer
package import Facts

/// A payload as it is stored: a blob for each part, and one hash that names all of them.
package struct StoredPayload: Sendable, Equatable {
    package struct Part: Sendable, Equatable {
        package var name: String
        package var content: Blob
        package var validators: Validators

        package init(name: String, content: Blob, validators: Validators = Validators()) {
            self.name = name
            self.content = content
            self.validators = validators
        }
    }

    package let parts: [Part]
    package let hash: ContentHash

    init(parts: [Part], hash: ContentHash) {
        self.parts = parts
        self.hash = hash
    }

    /// - Parameters:
    ///   - parts: One at least.
    ///   - hashes: Those of their bytes, where they are known.
    package init(_ parts: [PayloadPart], hashes: [ContentHash]? = nil) {
        let hashes = hashes ?? Self.hashes(of: parts)
        self.init(
            parts: zip(parts, hashes).map { part, hash in
                Part(
                    name: part.name,
                    content: Blob(of: part.bytes, hash: hash, packed: part.packed),
                    validators: part.validators
                )
            },
            hash: Self.hash(of: parts, hashes)
        )
    }

    package static func hashes(of parts: [PayloadPart]) -> [ContentHash] { parts.map { ContentHash(of: $0.bytes) } }

    /// The hash of a part that is the whole payload is its content's; that of others is of their names and contents.
    package static func hash(of parts: [PayloadPart], _ hashes: [ContentHash]? = nil) -> ContentHash {
        let hashes = hashes ?? Self.hashes(of: parts)
        if parts.count == 1, parts[0].name == PayloadPart.whole { return hashes[0] }
        let lines = zip(parts, hashes).map { "\($0.name)\n\($1.hexadecimal)\n" }
        return ContentHash(of: Array(lines.joined().utf8))
    }

    /// The blob of a part.
    package func content(ofPart name: String) -> Blob? { self.parts.first { $0.name == name }?.content }

    /// By part, of a payload that is not plain; nothing for one that is.
    package static func validators(of parts: [PayloadPart]) -> [String: Validators] {
        if parts.count == 1, parts[0].name == PayloadPart.whole, parts[0].validators == Validators() { return [:] }
        return Dictionary(parts.map { ($0.name, $0.validators) }, uniquingKeysWith: { $1 })
    }

    /// What the kind made.
    package func content() throws -> [PayloadPart] {
        try self.parts.map {
            PayloadPart(name: $0.name, bytes: try $0.content.verified(), validators: $0.validators)
        }
    }

    /// Whether `packages.payload_hash` says it all: of the whole payload in one part, without validators.
    var isPlain: Bool {
        self.parts.count == 1 && self.parts[0].name == PayloadPart.whole && self.parts[0].validators == Validators()
    }
}

/// The part of a stored payload without its content.
package struct KnownPart: Sendable, Equatable {
    package var hash: ContentHash
    package var validators: Validators
}

/// `payloads`: the parts of those payloads that are not plain.
extension Store {
    /// Loads the stored payloads of claimed packages, as far as all their parts are there.
    package func payloads(of claims: [ClaimedPackage]) async throws -> [Int64: StoredPayload] {
        try await self.engine.read { try Self.payloads(of: claims, $0) }
    }

    static func payloads(of claims: [ClaimedPackage], _ session: any SQLSession) throws -> [Int64: StoredPayload] {
        let blobs = try Self.contents(Set(claims.flatMap(\.partHashes)), session)
        var payloads: [Int64: StoredPayload] = [:]
        for claim in claims {
            guard let hash = claim.payloadHash else { continue }
            let parts =
                claim.parts.isEmpty
                ? [blobs[hash].map { StoredPayload.Part(name: PayloadPart.whole, content: $0) }]
                : claim.parts.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { name, part in
                    blobs[part.hash].map {
                        StoredPayload.Part(name: name, content: $0, validators: part.validators)
                    }
                }
            if parts.contains(nil) { continue }
            payloads[claim.id] = StoredPayload(parts: parts.compactMap(\.self), hash: hash)
        }
        return payloads
    }

    static func loadParts(into claims: inout [ClaimedPackage], _ session: any SQLSession) throws {
        let rows = try session.rows(
            """
            SELECT package_id, part, hash, etag, last_modified FROM payloads
            WHERE package_id \(anyOf: claims.map(\.id))
            """
        )
        var parts: [Int64: [String: KnownPart]] = [:]
        for row in rows {
            parts[try row["package_id"], default: [:]][try row["part"]] = KnownPart(
                hash: try row["hash"],
                validators: Validators(etag: try row["etag"], lastModified: try row["last_modified"])
            )
        }
        if parts.isEmpty { return }
        for index in claims.indices { claims[index].parts = parts[claims[index].id] ?? [:] }
    }

    /// Has claimed packages name the blobs of their new payloads, or of none, and keeps which parts these have.
    static func writeParts(
        _ payloads: [(claim: ClaimedPackage, payload: StoredPayload?)],
        references: inout BlobReferences,
        _ session: any SQLSession
    ) throws {
        for (claim, payload) in payloads {
            for part in payload?.parts ?? [] { references.point(to: part.content, insteadOf: nil) }
            for hash in claim.partHashes { references.point(to: nil, insteadOf: hash) }
        }
        let had = payloads.filter { !$0.claim.parts.isEmpty }.map(\.claim.id)
        if !had.isEmpty { try session.execute("DELETE FROM payloads WHERE package_id \(anyOf: had)") }
        try session.execute(
            """
            INSERT INTO payloads (package_id, part, hash, etag, last_modified)
            \(row: "\(named: "package"), \(named: "part"), \(named: "hash"), \(named: "etag"), \(named: "modified")")
            """,
            each: payloads.flatMap { claim, payload -> [SQLParameters] in
                guard let payload, !payload.isPlain else { return [] }
                return payload.parts.map { part in
                    [
                        "package": .integer(claim.id), "part": .text(part.name),
                        "hash": .blob(part.content.hash.bytes), "etag": .text(part.validators.etag),
                        "modified": .text(part.validators.lastModified),
                    ]
                }
            }
        )
    }
}

extension ClaimedPackage {
    /// The blobs that it names.
    fileprivate var partHashes: [ContentHash] {
        self.parts.isEmpty ? self.payloadHash.map { [$0] } ?? [] : self.parts.values.map(\.hash)
    }
}
