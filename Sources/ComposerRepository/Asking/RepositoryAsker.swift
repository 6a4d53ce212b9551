import Composer
package import Facts
import FoundationEssentials
import NIOHTTP1
import Synchronization
package import Upstream

/// Asks a Composer repository in the best way that it offers.
package struct RepositoryAsker: UpstreamAsker {
    let source: RepositorySource
    let files: RepositoryFiles
    let contents: RepositoryContents
    let troubles = RepositoryTroubles()
    /// How many names a list must have to be believed in what it lacks; nil where that is not known.
    let leastListed: Int?

    init(source: RepositorySource, client: UpstreamClient, leastListed: Int?) {
        self.source = source
        self.leastListed = leastListed
        self.files = RepositoryFiles(source, client)
        self.contents = RepositoryContents(self.files)
    }

    package var outage: UpstreamError? { self.troubles.outage }

    /// Names the repository that a position is of.
    private var rootSign: String { RepositoryPosition.sign(self.source.url.root) }

    // MARK: Where upstream is

    /// One request: to the feed that the cursor names, else for the root.
    package func position(since cursor: Position?) async throws -> Position {
        if case .feed(_, let url, self.rootSign) = RepositoryPosition(cursor) {
            do {
                return try await self.feedPosition(url)
            } catch let error as UpstreamError where error.status == 404 || error.status == 410 {
                // It may have moved: the root says where to.
            }
        }
        return try await self.positionAnew(since: cursor)
    }

    /// By the root: a feed that has moved, or was given up, may still answer, and tell nothing any more.
    package func positionAnew(since cursor: Position?) async throws -> Position {
        let known = RepositoryPosition(cursor)
        let root = try await self.files.readRoot(again: true).root
        if root.offer == .feed, let url = root.changesURL { return try await self.feedPosition(url) }
        let sign = RepositoryPosition.sign(self.rootSign + root.changeSign.hexadecimal)
        if case .files(root.offer, sign, _) = known, let cursor { return cursor }
        return RepositoryPosition.files(root.offer, sign: sign, known: [:]).position
    }

    /// A question without `since` is answered with status 400 and where to begin, by Packagist's contract.
    private func feedPosition(_ url: String) async throws -> Position {
        let answer = try await self.files.ask(url, accepting: [.ok, .badRequest], upTo: RepositoryFiles.fileBytes)
        let timestamp = try self.files.reading(url) {
            let expected = "timestamp to begin with"
            let timestamp =
                answer.status == .badRequest
                ? try ChangesAnswer.start(parsing: answer.bytes) : try ChangesAnswer(parsing: answer.bytes).timestamp
            guard let timestamp else {
                throw UnreadableAnswer(expected, "'timestamp' is missing or no whole number")
            }
            // From there nothing would be seen until then. It is no clock, but the time of something that has happened.
            let seconds = Int64(Date().timeIntervalSince1970) + Self.mostAheadSeconds
            guard timestamp / ChangesAnswer.unitsPerSecond <= seconds else {
                throw UnreadableAnswer(expected, "'timestamp' is \(timestamp), which is more than a day from now")
            }
            return timestamp
        }
        return RepositoryPosition.feed(timestamp: timestamp, url: url, root: self.rootSign).position
    }

    /// How much upstream's clock may be ahead of this one.
    private static let mostAheadSeconds: Int64 = 86_400

    // MARK: What changed

    package func changes(_ wanted: StretchRequest) async throws -> ChangeStretch {
        let after = RepositoryPosition(wanted.after)
        switch RepositoryPosition(wanted.bound) {
        case .feed(let bound, let url, let root):
            if case .feed(let since, url, root) = after {
                return try await self.feedChanges(since: since, url, bound: bound)
            }
            // Another feed, or none before: the listing tells what there is, and what is known is looked at.
            return ChangeStretch(
                packages: [],
                reached: wanted.bound,
                isAtEnd: true,
                isRestart: wanted.after != nil
            )
        case .files(let offer, let sign, _):
            guard case .files(offer, _, let known) = after else {
                var stretch = try await self.fileChanges(offer, sign, known: [:], wanted)
                // Another way of telling: what it leaves out was told before, or was not looked at for that.
                if wanted.after != nil { stretch.restarts() }
                return stretch
            }
            return try await self.fileChanges(offer, sign, known: known, wanted)
        case nil:
            return ChangeStretch(packages: [], reached: wanted.bound, isAtEnd: true, isRestart: true)
        }
    }

    private func feedChanges(since: Int64, _ url: String, bound: Int64) async throws -> ChangeStretch {
        func position(_ timestamp: Int64) -> Position {
            RepositoryPosition.feed(timestamp: timestamp, url: url, root: self.rootSign).position
        }
        let question = url + (url.contains("?") ? "&" : "?") + "since=\(since)"
        let answer = try await self.files.ask(question, accepting: [.ok, .badRequest], upTo: RepositoryFiles.fileBytes)
        // It does not know that timestamp: what was missed can't be told. The page of a proxy says nothing of the kind.
        if answer.status == .badRequest {
            do { _ = try ChangesAnswer.start(parsing: answer.bytes) } catch {
                throw RequestLabel(method: "GET", url: question).error(.refused, "\(error)", isRetryable: true)
            }
            return ChangeStretch(packages: [], reached: position(bound), isAtEnd: true, isRestart: true)
        }
        let changes = try self.files.reading(question) { try ChangesAnswer(parsing: answer.bytes) }
        // Not back, and no further than another request has told.
        let timestamp = max(since, min(changes.timestamp ?? since, bound))
        var stretch = ChangeStretch(
            packages: changes.packages.map { change in
                PackageRecord(
                    key: change.name,
                    revision: nil,
                    mark: Awaited.mark(change, timestamp: changes.timestamp ?? since),
                    dateMilliseconds: change.time.map { $0 * 1_000 }
                )
            },
            reached: position(timestamp),
            isAtEnd: true,
            isRestart: changes.wantsResync,
            items: changes.tally.actions
        )
        stretch.tally.damaged = changes.tally.damaged + changes.tally.absurdTimes
        stretch.tally.unusableKeys = changes.tally.unusableNames
        return stretch
    }
}
