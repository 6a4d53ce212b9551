import ComposerRepository
import FoundationEssentials
import NIOHTTP1
import Resilience
import Synchronization
import Upstream

extension ComposerAdvisoryFeed {
    /// What has come so far, and whether there is still an answer to be had.
    private struct Progress {
        var lists: [(name: String, advisories: [FeedAdvisory])] = []
        var validators: [String: FeedValidators]
        var troubles = FeedTroubles()
        var answers = 0
        var failuresInARow = 0
        var outage: UpstreamError?

        mutating func failed(_ error: UpstreamError, of name: String) {
            self.troubles.note(.unanswered, "\(name): \(error)")
            // What is wrong with a document that came says nothing of others.
            self.failuresInARow = [.malformed, .tooLarge].contains(error.code) ? 0 : self.failuresInARow + 1
            if self.failuresInARow >= 10 { self.outage = error }
        }
    }

    private enum Document: Sendable {
        case unchanged
        case lists(AdvisoryLists, FeedValidators)
    }

    /// Looks at the document of each name that may be there, under the condition that it has changed.
    ///
    /// A document that is not there has no advisories. One about which nothing came says nothing of its name.
    func readDocuments(
        _ documents: URLTemplate,
        _ cursor: Cursor?,
        _ request: FeedRequest,
        _ root: RepositoryRoot
    ) async throws -> FeedReading {
        let names = try await self.names(request, root)
        // Also where all is wanted: what was withdrawn is another document.
        let known = cursor?.documents ?? [:]
        let progress = Mutex(Progress(validators: known))
        try await forEachConcurrently(names, limit: max(1, self.client.configuration.concurrency)) { name in
            guard progress.withLock({ $0.outage == nil }) else { return }
            do {
                let document = try await self.document(documents.url(package: name), of: name, known[name])
                progress.withLock { progress in
                    progress.answers += 1
                    progress.failuresInARow = 0
                    guard case .lists(let read, let validators) = document else { return }
                    progress.lists.append((name, read.lists[name] ?? []))
                    progress.troubles.add(read.troubles)
                    progress.validators[name] = validators.isEmpty ? nil : validators
                }
            } catch let error as UpstreamError {
                progress.withLock { $0.failed(error, of: name) }
            }
        }
        return try self.reading(of: names, progress.withLock { $0 })
    }

    private func reading(of names: [String], _ progress: Progress) throws -> FeedReading {
        if let outage = progress.outage, progress.answers == 0 { throw outage }
        let isWanted = Set(names)
        let validators = progress.validators.filter { isWanted.contains($0.key) }
        let lists = progress.lists.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        if lists.isEmpty, progress.troubles == FeedTroubles() { return .unchanged }
        return .ofNames(lists, cursor: Cursor(documents: validators).text, progress.troubles)
    }

    private func document(_ url: String, of name: String, _ validators: FeedValidators?) async throws -> Document {
        try await self.client.send(self.request(.GET, url, headers: validators?.headers ?? [])) { answer in
            switch answer.status {
            case .notModified where validators != nil: return .unchanged
            case .ok:
                let bytes = try await answer.collect(upTo: Self.fileBytes)
                let lists = try self.reading(answer.label) { try $0.readDocument(bytes, of: name) }
                let now = Int64(Date().timeIntervalSince1970)
                return .lists(lists, FeedValidators(answer.headers, now: now))
            case .notFound: return .lists(AdvisoryLists(), FeedValidators(HTTPHeaders(), now: 0))
            default: throw self.unexpected(answer)
            }
        }
    }
}
