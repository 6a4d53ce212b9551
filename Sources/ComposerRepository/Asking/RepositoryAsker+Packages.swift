import Composer
package import Facts
import NIOHTTP1
import Resilience
package import Upstream
import Wire

extension RepositoryAsker {
    private typealias Answer = PackageAnswer<RepositoryPayload>
    /// Makes room for bytes of a package's answer, or throws ``BatchAnswers/Full``.
    private typealias Room = @Sendable (Int) throws -> Void

    /// Bytes of answers, packed ones included, for which there is room in a batch: some batches are under way at once, and
    /// what answers are read into takes as much again.
    private static let batchBytes = 16 << 20

    package func ask(
        about packages: [KnownPackage],
        suspects: [KnownPackage]
    ) async throws -> [String: Result<PackageAnswer<RepositoryPayload>, UpstreamError>] {
        try Task.checkCancellation()
        var root: (root: RepositoryRoot, bytes: [UInt8])
        do {
            root = try await self.files.readRoot()
            // A run may take hours, and is told of changes meanwhile.
            if root.root.offer == .includes, await self.contents.isOlder(thanWasToldOf: packages + suspects) {
                let before = root.bytes
                root = try await self.files.readRoot(again: true)
                if root.bytes != before { await self.contents.forgetAll() }
            }
        } catch let error as UpstreamError {
            self.troubles.failed(error, isFinal: true)
            return Dictionary(
                (packages + suspects).map { ($0.key, .failure(error)) },
                uniquingKeysWith: { first, _ in first }
            )
        }
        let (all, upstream) = (packages + suspects, root)
        let answers = BatchAnswers(most: Self.batchBytes, first: all.first?.key)
        try await forEachConcurrently(
            all,
            limit: max(1, self.files.client.configuration.concurrency)
        ) { package in
            if let outage = self.outage { return answers.add(.failure(outage), for: package.key) }
            guard !answers.isFull(for: package.key) else { return }
            do {
                let answer = try await self.answer(about: package, upstream.root, upstream.bytes) {
                    try answers.take($0, for: package.key)
                }
                answers.add(answer, for: package.key)
            } catch is BatchAnswers.Full {}
        }
        return answers.judged(self.troubles, all: all)
    }

    private func answer(
        about package: KnownPackage,
        _ root: RepositoryRoot,
        _ bytes: [UInt8],
        _ room: @escaping Room
    ) async throws -> Result<Answer, UpstreamError> {
        do {
            let answer = try await self.read(package, root, bytes, room)
            self.troubles.answered()
            return .success(answer)
        } catch let error as UpstreamError {
            // What is wrong with a file that came says nothing of others.
            if [.malformed, .tooLarge].contains(error.code) {
                self.troubles.answered()
                return .failure(error.about(.unusable))
            }
            self.troubles.failed(error)
            return .failure(error)
        } catch let error where error is UnreadableDocument {
            self.troubles.answered()
            let label = RequestLabel(method: "GET", url: root.documentURL?.url(package: package.key) ?? root.url.root)
            return .failure(label.error(.malformed, "\(error)", isRetryable: false).about(.unusable))
        }
    }

    private func read(
        _ package: KnownPackage,
        _ root: RepositoryRoot,
        _ bytes: [UInt8],
        _ room: @escaping Room
    ) async throws -> Answer {
        if root.hasPartialPackages || root.offer == .includes {
            let versions = try await self.contents.versions(of: package.key, in: root, bytes)
            if let versions {
                try room(versions.count)
                return try self.payload([PayloadPart(name: RepositoryPayload.versions, bytes: versions)], package)
            }
            if root.offer == .includes { return .notFound }
        }
        if try await self.isUnlisted(package, in: root) { return .notFound }
        switch root.offer {
        case .feed, .list, .names: return try await self.readDocuments(package, root, room)
        case .tree: return try await self.readProvider(package, root, room)
        case .lazy, .includes:
            guard let url = root.lazyURL?.url(package: package.key) else { return .notFound }
            let isKnown = package.state == .active
            let answer = try await self.document(url, isKnown ? package.validators[RepositoryPayload.all] : nil, room)
            switch answer.status {
            case .notModified: return .unchanged
            case .ok: return try self.payload([answer.part(RepositoryPayload.all)], package)
            default: return .notFound
            }
        }
    }

    /// The two documents of v2, each with the validators of what is known of it.
    private func readDocuments(
        _ package: KnownPackage,
        _ root: RepositoryRoot,
        _ room: @escaping Room
    ) async throws -> Answer {
        guard let template = root.metadataURL else { return .notFound }
        let awaited = Awaited(package, isList: root.offer == .list)
        func read(_ part: String, _ name: String) async throws -> (part: String, answer: RepositoryFiles.Answer) {
            // What was withdrawn meanwhile has to come whole again.
            var validators = package.state == .active ? package.validators[part] : nil
            // Two changes within a second have one Last-Modified: by it the second can't be seen.
            if let time = awaited.time(ofPart: part),
                let modified = validators?.lastModified.flatMap(HTTPDate.secondsSince1970(_:)), modified >= time
            {
                validators?.lastModified = nil
            }
            return (part, try await self.document(template.url(package: name), validators, room))
        }
        async let main = read(RepositoryPayload.main, DocumentName.main(of: package.key).text)
        async let dev = read(RepositoryPayload.dev, DocumentName.dev(of: package.key).text)
        let answers = try await [main, dev]
        let changed = answers.filter { $0.answer.status != .notModified }
        if changed.isEmpty { return .unchanged }
        let parts = changed.map { $0.answer.part($0.part) }
        if changed.count < answers.count { return .partsChanged(parts) }
        if changed.allSatisfy({ $0.answer.status == .notFound }) { return .notFound }
        return try self.payload(parts, package)
    }

    /// A document of a provider tree, by the hash that was told last; what is gone meanwhile has another one.
    private func readProvider(
        _ package: KnownPackage,
        _ root: RepositoryRoot,
        _ room: @escaping Room
    ) async throws -> Answer {
        guard let template = root.providersURL else { return .notFound }
        func read(_ hash: AnnouncedHash) async throws -> Answer {
            let url = template.url(package: package.key, hash: hash)
            let bytes = try await self.contents.checked(url, hash, upTo: DocumentLimits.bytes, onBytes: room)
            return try self.payload([PayloadPart(name: RepositoryPayload.all, bytes: bytes)], package)
        }
        let told = package.mark.map(AnnouncedHash.init(_:))
        if let told, told.sha256 != nil {
            do { return try await read(told) } catch let error as UpstreamError where error.status == 404 {}
        }
        guard let listed = try await self.contents.tree(in: root)[package.key] else { return .notFound }
        // It is there, and nobody can get it: no word of its being gone.
        guard let hash = listed.hash else {
            throw RequestLabel(method: "GET", url: root.url.root).error(
                .malformed,
                "the tree announces no SHA-256 of \(package.key)",
                isRetryable: false
            )
        }
        return try await read(hash)
    }

    private func document(
        _ url: String,
        _ validators: Validators?,
        _ room: Room
    ) async throws -> RepositoryFiles.Answer {
        var headers: [(name: String, value: String)] = []
        if let etag = validators?.etag { headers.append(("If-None-Match", etag)) }
        if let modified = validators?.lastModified { headers.append(("If-Modified-Since", modified)) }
        var accepted: [HTTPResponseStatus] = [.ok, .notFound, .gone]
        if !headers.isEmpty { accepted.append(.notModified) }
        var answer = try await self.files.ask(
            url,
            accepting: accepted,
            headers: headers,
            upTo: DocumentLimits.bytes,
            keepsPacked: true,
            onBytes: room
        )
        if answer.status == .gone { answer.status = .notFound }
        // It would look like a document that is not there.
        if answer.status == .ok, answer.bytes.isEmpty {
            throw RequestLabel(method: "GET", url: url).error(.malformed, "the document is empty", isRetryable: true)
        }
        return answer
    }

    /// - Throws: ``UnreadableDocument``; also for what has nothing of the package, which is no word of its being gone.
    private func payload(_ parts: [PayloadPart], _ package: KnownPackage) throws -> Answer {
        let payload = try self.source.payload(of: parts, key: package.key)
        if payload.package.main.content == .none, payload.package.dev.content == .none {
            throw UnreadableDocument(
                document: package.key,
                reason: "it has no version of this package that can be used",
                position: 0
            )
        }
        return .active(payload, PackageFacts())
    }
}

extension RepositoryFiles.Answer {
    fileprivate func part(_ name: String) -> PayloadPart {
        PayloadPart(
            name: name,
            bytes: self.bytes,
            packed: self.packed,
            validators: Validators(etag: self.etag, lastModified: self.lastModified)
        )
    }
}
