import ComposerRepository
import FoundationEssentials
import NIOHTTP1
import Upstream
import Wire

extension ComposerAdvisoryFeed {
    /// What is asked for again, in seconds: changes become visible some time after the time that they are given.
    private static let overlap: Int64 = 3_600
    /// Names that one request asks about: Packagist says of no more than 1,000 whether it knows them.
    static let namesAtOnce = 500
    /// Requests in a row without an answer, after which nothing more is asked.
    static let mostFailures = 3

    /// Asks an API of Packagist's form.
    ///
    /// `updatedSince` 0 is everything. An API that does not know `updatedSince` (400, 404, 405, or nothing at all since 1970)
    /// is asked by names.
    func readAPI(
        _ api: String,
        _ cursor: Cursor?,
        _ request: FeedRequest,
        _ root: RepositoryRoot
    ) async throws -> FeedReading {
        let since = request.wantsAll ? nil : cursor?.since
        let from = max(0, (since ?? 0) - Self.overlap)
        guard let answer = try await self.changes(api, since: from), from > 0 || !answer.read.isEmpty else {
            return try await self.readNames(api, try await self.names(request, root))
        }
        let advisories = answer.read.lists.values.flatMap(\.self)
        let next = Cursor(since: answer.time).text
        return from == 0
            ? .everything(advisories, cursor: next, answer.read.troubles)
            : .updates(advisories, cursor: next, answer.read.troubles)
    }

    /// - Returns: Nil where the API can't tell.
    private func changes(_ api: String, since: Int64) async throws -> (read: AdvisoryLists, time: Int64)? {
        let url = api + (api.contains("?") ? "&" : "?") + "updatedSince=\(since)"
        return try await self.client.send(self.request(.GET, url)) { answer in
            if [.badRequest, .notFound, .methodNotAllowed].contains(answer.status) { return nil }
            guard answer.status == .ok else { throw self.unexpected(answer) }
            // The earlier one of two clocks: of a time in the future nothing is said.
            let now = Int64(Date().timeIntervalSince1970)
            let date = answer.headers.first(name: "Date").flatMap(HTTPDate.secondsSince1970(_:)) ?? now
            let bytes = try await answer.collect(upTo: self.client.configuration.maxAnswerBytes)
            return (try self.reading(answer.label) { try $0.readAnswer(bytes) }, min(now, date))
        }
    }

    private func readNames(_ api: String, _ names: [String]) async throws -> FeedReading {
        var lists: [(name: String, advisories: [FeedAdvisory])] = []
        var troubles = FeedTroubles()
        var failures = 0
        var start = 0
        while start < names.count {
            let batch = names[start..<min(start + Self.namesAtOnce, names.count)]
            start += batch.count
            do {
                let read = try await self.lists(api, batch)
                // Names that the API does not know are left out of its answer.
                for name in batch { lists.append((name, read.lists[name] ?? [])) }
                troubles.add(read.troubles)
                failures = 0
            } catch let error as UpstreamError {
                failures += 1
                if failures == Self.mostFailures || lists.isEmpty && start == names.count { throw error }
                for name in batch { troubles.note(.unanswered, "\(name): \(error)") }
            }
        }
        return .ofNames(lists, cursor: Cursor().text, troubles)
    }

    private func lists(_ api: String, _ names: ArraySlice<String>) async throws -> AdvisoryLists {
        let form = names.map { "packages%5B%5D=" + Percent.encoded($0) }.joined(separator: "&")
        return try await self.client.send(self.request(.POST, api, form: form)) { answer in
            guard answer.status == .ok else { throw self.unexpected(answer) }
            let bytes = try await answer.collect(upTo: Self.fileBytes)
            return try self.reading(answer.label) { try $0.readAnswer(bytes) }
        }
    }

    /// An answer that can't be read becomes an error that names the request.
    func reading(_ label: RequestLabel, _ body: (inout AdvisoryLists) throws -> Void) throws -> AdvisoryLists {
        var lists = AdvisoryLists()
        do { try body(&lists) } catch let failure as JSONReader.Failure {
            throw label.error(
                .malformed,
                "no advisories: \(failure.reason), at byte \(failure.position)",
                isRetryable: true
            )
        }
        return lists
    }
}
