import FoundationEssentials
import NIOHTTP1
import Resilience
import Synchronization
import SystemPackage
package import Upstream

/// Fetches archives, and hands on only what was found to be right.
///
/// Each host has a rate, requests in flight and pauses of its own. Archives may be behind redirects to any host: the
/// addresses are judged, and credentials stay behind. Waiting for room, an archive has no connection and no room.
package final class ArchiveFetcher: Sendable {
    package struct Configuration: Sendable {
        package var room: ArchiveRoom.Configuration
        package var limits: ArchiveLimits
        /// The most bytes of one archive.
        package var maxBytes: Int
        /// Sent for archives of all sources, each to its host: a token for GitHub.
        package var credentials: [HostCredential]
        /// Whether only what everybody can fetch is wanted: GitHub's API may be asked with a token, which finds more than
        /// that, but where it leads is asked as everybody is.
        package var isPublicOnly: Bool
        /// Those whose addresses have a meaning.
        package var gitHubs: [GitHub]
        /// The most requests in flight to one host, where the operator has not said less: Packagist allows 10, Composer
        /// makes 8.
        package var concurrencyEach: Int
        /// The most requests a second to one host, likewise; nil for no limit.
        package var requestsPerSecondEach: Double?
        /// The most archives that are checked at once, each by one processor.
        package var checksAtOnce: Int

        package init(
            room: ArchiveRoom.Configuration = ArchiveRoom.Configuration(),
            limits: ArchiveLimits = ArchiveLimits(),
            maxBytes: Int = 1 << 30,
            credentials: [HostCredential] = [],
            isPublicOnly: Bool = false,
            gitHubs: [GitHub] = [.com],
            concurrencyEach: Int = 8,
            requestsPerSecondEach: Double? = nil,
            checksAtOnce: Int = 2
        ) {
            self.room = room
            self.limits = limits
            self.maxBytes = maxBytes
            self.credentials = credentials
            self.isPublicOnly = isPublicOnly
            self.gitHubs = gitHubs
            self.concurrencyEach = concurrencyEach
            self.requestsPerSecondEach = requestsPerSecondEach
            self.checksAtOnce = checksAtOnce
        }
    }

    /// How often an archive is begun again because it had no room: a size that grows each time is a server that lies.
    private static let mostBeginnings = 10
    /// Clients of so many hosts are kept apart; more share one.
    private static let mostHosts = 1_000

    package let configuration: Configuration
    let room: ArchiveRoom
    private let client: UpstreamClient
    private let clients = Mutex<[String: UpstreamClient]>([:])
    private let pauses = HostPauses()
    private let checks: ConcurrencyLimiter
    /// Time since this was made.
    private let elapsed: @Sendable () -> Duration

    /// - Parameter client: Whose manners are those of each host.
    package init<C: Clock>(_ client: UpstreamClient, _ configuration: Configuration, clock: C = ContinuousClock())
    where C.Duration == Duration {
        let start = clock.now
        self.client = client
        self.configuration = configuration
        self.room = ArchiveRoom(configuration.room)
        self.checks = ConcurrencyLimiter(limit: configuration.checksAtOnce)
        self.elapsed = { start.duration(to: clock.now) }
    }

    /// Fetches and checks one archive.
    ///
    /// - Throws: ``ArchiveError``, or `CancellationError`.
    package func fetch(_ request: ArchiveRequest) async throws -> FetchedArchive {
        let address = try ArchiveAddress(request.url, gitHubs: self.configuration.gitHubs)
        let source = try ArchiveAddress(request.sourceURL)
        let credentials = request.credentials + self.configuration.credentials
        func hasCredential(_ address: ArchiveAddress) -> Bool {
            credentials.contains { $0.origin == address.origin }
        }
        func transfer(_ address: ArchiveAddress) -> ArchiveTransfer {
            ArchiveTransfer(
                address: address,
                // What a source has on its own host is as trusted as the source.
                namedBy: address.origin == source.origin ? nil : request.sourceURL,
                credentials: credentials.filter { $0.origin == address.origin },
                shasum: request.shasum,
                excerpts: request.excerpts,
                maxBytes: min(request.maxBytes ?? .max, self.configuration.maxBytes),
                bytesLeft: request.bytesLeft,
                isPublicOnly: self.configuration.isPublicOnly && hasCredential(address)
            )
        }
        let route = address.route(hasCredential: hasCredential(address))
        guard let then = route.then else { return try await self.fetch(transfer(route.first)) }
        do {
            return try await self.fetch(transfer(route.first))
        } catch let error as ArchiveError where error.reason == .notFound {
            return try await self.fetch(transfer(then))
        }
    }

    private func fetch(_ transfer: ArchiveTransfer) async throws -> FetchedArchive {
        let origin = transfer.address.origin
        if let wait = self.pauses.left(origin, now: self.elapsed()) {
            throw transfer.error(.rateLimited, "its host has asked for a pause", wait: wait)
        }
        do {
            let (answer, received) = try await self.receive(transfer)
            try received.digests.check(shasum: transfer.shasum)
            let (archive, excerpts) = try await self.checks.withSlot {
                try await self.check(received, transfer.excerpts)
            }
            return FetchedArchive(
                archive: archive,
                excerpts: excerpts,
                content: received.content,
                url: transfer.address.text,
                lastModifiedSeconds: answer.lastModifiedSeconds,
                etag: answer.etag
            )
        } catch {
            let error = transfer.error(for: error)
            if let error = error as? ArchiveError, let wait = error.wait {
                self.pauses.pause(origin, until: self.elapsed() + wait)
            }
            throw error
        }
    }

    /// Begins an archive again until there is room for it.
    private func receive(_ transfer: ArchiveTransfer) async throws -> (ArchiveTransfer.Answer, ReceivedArchive) {
        let client = self.client(for: transfer.address.origin)
        var reserved: ByteReservation?
        for _ in 0..<Self.mostBeginnings {
            let occupied: ArchiveRoom.Occupied
            do {
                return try await client.send(transfer.request) { answer in
                    try await transfer.receive(answer, self.room, reserved)
                }
            } catch let error as ArchiveRoom.Occupied {
                occupied = error
            }
            // Nobody waits with something in hand.
            reserved = nil
            reserved = try await occupied.budget.reserve(occupied.bytes)
        }
        throw transfer.error(.unavailable, "its size grew each time that it was asked for")
    }

    @concurrent
    private func check(
        _ received: ReceivedArchive,
        _ wish: ExcerptWish?
    ) async throws -> (CheckedArchive, [ArchiveExcerpt]) {
        let (digests, limits) = (received.digests, self.configuration.limits)
        let excerpts = wish.map(ArchiveExcerpts.init)
        let archive =
            switch received.content {
            case .bytes(let bytes, _): try ArchiveCheck.check(bytes, digests, limits, excerpts)
            case .file(let file, _): try ArchiveCheck.check(file.descriptor, digests, limits, excerpts)
            }
        return (archive, excerpts?.found ?? [])
    }

    private func client(for origin: String) -> UpstreamClient {
        self.clients.withLock { clients in
            let name = clients.count < Self.mostHosts || clients[origin] != nil ? origin : ""
            if let client = clients[name] { return client }
            let client = self.client.limited {
                let own = self.configuration
                $0.concurrency = $0.requested.concurrency(within: own.concurrencyEach) ?? own.concurrencyEach
                $0.requestsPerSecond = $0.requested.requestsPerSecond(within: own.requestsPerSecondEach)
                // What lasts longer is told to whoever wants the archive.
                $0.maxRetryAfter = AnswerVerdict.usualWait
            }
            clients[name] = client
            return client
        }
    }
}
