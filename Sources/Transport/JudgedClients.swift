package import AsyncHTTPClient
package import NIOCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// HTTP clients for hosts that were not configured, but named by an answer: each connects to an address that was judged.
///
/// A host is resolved here, its addresses are judged, and the client gets the one to connect to, so that another answer of
/// the name's server between judging and connecting (DNS rebinding) changes nothing. `Host` and the name that a
/// certificate is checked for stay the host's.
package final class JudgedClients: Sendable {
    /// A host, and one of its addresses.
    private struct Place: Hashable {
        var host: String
        var address: HostAddress
    }

    private struct Entry {
        var http: HTTPClient
        /// Exchanges that are under way with it.
        var users = 0
        var lastUse: ContinuousClock.Instant
        /// When the name was asked for; nil where no connection came about since.
        var since: ContinuousClock.Instant?
    }

    private struct Client {
        var place: Place
        var http: HTTPClient
    }

    /// How many clients are kept: each has its own memory of certificates, and answers may name hosts without end.
    static let keptClients = 32
    /// How long an address is believed.
    private static let addressLife = Duration.seconds(300)
    /// How many addresses of a host are tried: each may take as long as connecting may.
    private static let triedAddresses = 4

    private let group: any EventLoopGroup
    private let configuration: HTTPClient.Configuration
    private let resolve: @Sendable (String) async -> [HostAddress]
    private let entries = Mutex<[Place: Entry]>([:])

    /// - Parameters:
    ///   - configuration: Must not follow redirects.
    ///   - resolve: All addresses of a host, none where it is not known.
    package init(
        group: any EventLoopGroup,
        configuration: HTTPClient.Configuration,
        resolve: @escaping @Sendable (String) async -> [HostAddress] = { await HostAddress.all(of: $0) }
    ) {
        self.group = group
        self.configuration = configuration
        self.resolve = resolve
    }

    /// Gives `body` a client for `host`, which is not closed before it has ended.
    ///
    /// Where no connection comes about, `body` gets one for another of the host's addresses.
    ///
    /// - Parameter configuredHost: Whose answer leads there. Ranges other than the internet's are allowed only where one
    ///   of its own addresses is in the same; nil allows none.
    /// - Throws: ``ForbiddenAddress``, or what `body` throws.
    package func withClient<Value>(
        for host: String,
        askedBy configuredHost: String?,
        _ body: (HTTPClient) async throws -> Value
    ) async throws -> Value {
        var failure: (any Error)?
        var tried: HostAddress?
        if let known = self.use(host) {
            defer { self.giveBack(known) }
            _ = try await self.judged([known.place.address], askedBy: configuredHost)
            do {
                return try await body(known.http)
            } catch let error where Self.isOfConnection(error) {
                self.distrust(known)
                guard Self.isUnreachable(error) else { throw error }
                (failure, tried) = (error, known.place.address)
            }
        }
        let found = try await self.judged(self.resolve(Self.withoutBrackets(host)), askedBy: configuredHost)
        for address in Self.inTurn(found) where address != tried {
            let (client, closed) = self.take(Place(host: host, address: address))
            defer { self.giveBack(client) }
            // Nobody uses them, and nobody can find them any more.
            for http in closed { try? await http.shutdown() }
            do {
                return try await body(client.http)
            } catch let error where Self.isOfConnection(error) {
                self.distrust(client)
                guard Self.isUnreachable(error) else { throw error }
                failure = error
            }
        }
        throw failure ?? ForbiddenAddress(range: nil)
    }

    /// The preferred address, then those of the other family: where one family has no way out, none of its addresses has.
    private static func inTurn(_ addresses: [HostAddress]) -> ArraySlice<HostAddress> {
        let (first, rest) = (addresses.prefix(1), addresses.dropFirst())
        let isOfSix = first.contains(where: \.isOfSix)
        return (first + rest.filter { $0.isOfSix != isOfSix } + rest.filter { $0.isOfSix == isOfSix })
            .prefix(Self.triedAddresses)
    }

    /// Whether another address may do better next time.
    private static func isOfConnection(_ error: any Error) -> Bool { error is IOError || error is HTTPClientError }

    /// Whether no connection came about, so that nothing was sent: nobody is there, or there is no way to this family.
    private static func isUnreachable(_ error: any Error) -> Bool {
        switch error {
        case let error as IOError:
            [
                ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, ETIMEDOUT, EADDRNOTAVAIL, EAFNOSUPPORT, EACCES, EPERM,
            ].contains(error.errnoCode)
        case let error as HTTPClientError: error == .connectTimeout
        default: false
        }
    }

    /// Judges a host that a proxy connects to, as far as this machine knows its addresses.
    ///
    /// The proxy resolves the name by itself, maybe to others: what it lets pass is its part. Behind one, names are often
    /// not known at all.
    ///
    /// - Throws: ``ForbiddenAddress``.
    package func judgeAheadOfProxy(_ host: String, askedBy configuredHost: String?) async throws {
        let found = await self.resolve(Self.withoutBrackets(host))
        if !found.isEmpty { _ = try await self.judged(found, askedBy: configuredHost) }
    }

    /// - Returns: All of them.
    private func judged(_ addresses: [HostAddress], askedBy configuredHost: String?) async throws -> [HostAddress] {
        var allowed: Set<AddressRange> = [.global]
        if let configuredHost, addresses.contains(where: { $0.range != .global }) {
            allowed.formUnion(await self.resolve(Self.withoutBrackets(configuredHost)).map(\.range))
        }
        guard !addresses.isEmpty else { throw ForbiddenAddress(range: nil) }
        // One address out of bounds is enough to distrust the name.
        if let forbidden = addresses.first(where: { !allowed.contains($0.range) }) {
            throw ForbiddenAddress(range: forbidden.range)
        }
        return addresses
    }

    /// The client that is there for a host, in use from now on; nil where there is none, or its address is too old.
    private func use(_ host: String) -> Client? {
        let now = ContinuousClock.now
        return self.entries.withLock { entries in
            let known = entries.filter { place, entry in
                place.host == host && entry.since.map { now - $0 < Self.addressLife } ?? false
            }
            guard let (place, entry) = known.max(by: { $0.value.lastUse < $1.value.lastUse }) else { return nil }
            entries[place]?.users += 1
            return Client(place: place, http: entry.http)
        }
    }

    private func giveBack(_ client: Client) {
        self.entries.withLock { entries in
            entries[client.place]?.users -= 1
            entries[client.place]?.lastUse = .now
        }
    }

    /// Lets the host's name be asked for again.
    private func distrust(_ client: Client) { self.entries.withLock { $0[client.place]?.since = nil } }

    /// A client for a judged address, in use from now on, and those that have to give way to it.
    private func take(_ place: Place) -> (client: Client, closed: [HTTPClient]) {
        let now = ContinuousClock.now
        return self.entries.withLock { entries in
            if let entry = entries[place] {
                entries[place]?.users += 1
                entries[place]?.since = now
                return (Client(place: place, http: entry.http), [])
            }
            var configuration = self.configuration
            configuration.dnsOverride = [Self.withoutBrackets(place.host): place.address.literal]
            let http = HTTPClient(eventLoopGroupProvider: .shared(self.group), configuration: configuration)
            entries[place] = Entry(http: http, users: 1, lastUse: now, since: now)
            guard entries.count > Self.keptClients,
                let oldest = entries.filter({ $0.value.users == 0 }).min(by: { $0.value.lastUse < $1.value.lastUse })
            else { return (Client(place: place, http: http), []) }
            entries[oldest.key] = nil
            return (Client(place: place, http: http), [oldest.value.http])
        }
    }

    /// To be called by the owner when no more requests are made.
    package func shutdown() async throws {
        let entries = self.entries.withLock { entries in
            defer { entries = [:] }
            return entries.values.map(\.http)
        }
        for http in entries { try await http.shutdown() }
    }

    private static func withoutBrackets(_ host: String) -> String {
        host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    }
}

/// A host that must not be connected to.
package struct ForbiddenAddress: Error, CustomStringConvertible {
    /// The range that it is in; nil when its name is not known.
    package var range: AddressRange?

    package init(range: AddressRange?) { self.range = range }

    package var description: String {
        guard let range = self.range else { return "the name of the host is not known" }
        return "the host has an address that is \(range.rawValue), and the configured URL's host has none there"
    }
}
