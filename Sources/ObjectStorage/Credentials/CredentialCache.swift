import Logging
import Synchronization

/// Hands out the current credentials, with one refresh at a time for all who need it.
///
/// Credentials are refreshed five minutes before their end. When that fails they are used while they last, and the next
/// try is a minute later.
final class CredentialCache: Sendable {
    private static let refreshMarginSeconds: Int64 = 300
    private static let pauseSeconds: Int64 = 60

    private struct State {
        var signer: Signer?
        /// Not before this time, in Unix seconds, is a refresh tried again that failed.
        var nextTry: Int64 = 0
        var refresh: Task<Signer, any Error>?
    }

    let source: any CredentialSource
    private let region: String
    private let now: @Sendable () -> Int64
    private let logger: Logger
    private let state = Mutex(State())

    init(source: any CredentialSource, region: String, logger: Logger, now: @escaping @Sendable () -> Int64) {
        self.source = source
        self.region = region
        self.now = now
        self.logger = logger
    }

    /// - Throws: ``CredentialError`` when there are none, or only such that have expired.
    func signer() async throws -> Signer {
        let now = self.now()
        let (signer, refresh) = self.state.withLock { state -> (Signer?, Task<Signer, any Error>?) in
            if let signer = state.signer,
                !signer.isDue(at: now, margin: Self.refreshMarginSeconds)
                    || (now < state.nextTry && !signer.isDue(at: now, margin: 0))
            {
                return (signer, nil)
            }
            return (state.signer, self.refresh(&state))
        }
        guard let refresh else { return try signer ?? { throw CancellationError() }() }
        do {
            return try await refresh.value
        } catch {
            // The old ones while they last.
            if let signer, !signer.isDue(at: self.now(), margin: 0) { return signer }
            throw error
        }
    }

    /// Other credentials than those that the store refused; the same when there are no others.
    func replacement(of refused: Signer) async throws -> Signer {
        guard self.source.isRefreshable else { return refused }
        let (signer, refresh) = self.state.withLock { state -> (Signer?, Task<Signer, any Error>?) in
            if let signer = state.signer, signer !== refused { return (signer, nil) }
            return (nil, self.refresh(&state))
        }
        if let signer { return signer }
        return try await refresh?.value ?? refused
    }

    /// Begins a refresh, or joins the one that is under way.
    private func refresh(_ state: inout State) -> Task<Signer, any Error> {
        if let refresh = state.refresh { return refresh }
        // In a task of its own, because it serves others too when the caller that began it is cancelled.
        let refresh = Task { try await self.issue() }
        state.refresh = refresh
        return refresh
    }

    private func issue() async throws -> Signer {
        do {
            let issued = try await self.source.issue()
            let now = self.now()
            if let end = issued.expiresAt, end <= now {
                throw CredentialError(
                    source: self.source.description,
                    problem: "those that it gave have expired already",
                    remedy: "set this machine's clock, or look at what issues them",
                    isRetryable: true
                )
            }
            let signer = Signer(issued, region: self.region, now: self.now)
            self.state.withLock { state in
                state.signer = signer
                state.nextTry = 0
                // Credentials that last no longer than the margin are not asked for with every request.
                if signer.isDue(at: now, margin: Self.refreshMarginSeconds) { state.nextTry = now + Self.pauseSeconds }
                state.refresh = nil
            }
            return signer
        } catch {
            let hasOld = self.state.withLock { state in
                state.refresh = nil
                state.nextTry = self.now() + Self.pauseSeconds
                return state.signer != nil
            }
            if hasOld {
                self.logger.warning(
                    "credentials could not be refreshed; the old ones are used while they last",
                    metadata: ["error": "\(error)"]
                )
            }
            throw error
        }
    }
}

/// Credentials, with what is derived from them for signing.
final class Signer: Sendable {
    let credentials: S3Credentials
    let expiresAt: Int64?
    let clock: SigningClock

    /// - Parameter now: Unix time in seconds.
    init(_ issued: IssuedCredentials, region: String, now: @escaping @Sendable () -> Int64) {
        self.credentials = issued.credentials
        self.expiresAt = issued.expiresAt
        self.clock = SigningClock(secretKey: issued.credentials.secretKey, region: region, now: now)
    }

    func isDue(at now: Int64, margin: Int64) -> Bool { self.expiresAt.map { now + margin >= $0 } ?? false }
}
