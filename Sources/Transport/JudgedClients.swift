package import AsyncHTTPClient
package import NIOCore
import Synchronization

/// HTTP clients for hosts that were not configured, but named by an answer: each connects to an address that was judged.
///
/// A host is resolved here, its addresses are judged, and the client gets the one to connect to, so that another answer of
/// the name's server between judging and connecting (DNS rebinding) changes nothing. `Host` and the name that a
/// certificate is checked for stay the host's.
package final class JudgedClients: Sendable {
    private struct Entry {
        var address: HostAddress
        var http: HTTPClient
        /// Exchanges that are under way with it.
        var users = 0
        var lastUse: ContinuousClock.Instant
        /// When the name was asked for.
        var since: ContinuousClock.Instant
    }

    /// How many clients are kept: each has its own memory of certificates, and answers may name hosts without end.
    static let keptClients = 32
    /// How long an address is believed, where nothing is under way with it.
    private static let addressLife = Duration.seconds(300)

    private let group: any EventLoopGroup
    private let configuration: HTTPClient.Configuration
    private let resolve: @Sendable (String) async -> [HostAddress]
    private let entries = Mutex<[String: Entry]>([:])

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
    /// - Parameter configuredHost: Whose answer leads there. Ranges other than the internet's are allowed only where one
    ///   of its own addresses is in the same; nil allows none.
    /// - Throws: ``ForbiddenAddress``, or what `body` throws.
    package func withClient<Value>(
        for host: String,
        askedBy configuredHost: String?,
        _ body: (HTTPClient) async throws -> Value
    ) async throws -> Value {
        while true {
            if let known = self.use(host) {
                defer { self.giveBack(host) }
                _ = try await self.judged([known.address], askedBy: configuredHost)
                return try await body(known.http)
            }
            let found = await self.resolve(Self.withoutBrackets(host))
            let address = try await self.judged(found, askedBy: configuredHost)
            // What somebody else has put there meanwhile is another address, and is judged as well.
            guard let (http, closed) = self.take(host, address) else { continue }
            defer { self.giveBack(host) }
            // Nobody uses them, and nobody can find them any more.
            for http in closed { try? await http.shutdown() }
            return try await body(http)
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

    private func judged(_ addresses: [HostAddress], askedBy configuredHost: String?) async throws -> HostAddress {
        var allowed: Set<AddressRange> = [.global]
        if let configuredHost, addresses.contains(where: { $0.range != .global }) {
            allowed.formUnion(await self.resolve(Self.withoutBrackets(configuredHost)).map(\.range))
        }
        guard let address = addresses.first else { throw ForbiddenAddress(range: nil) }
        // One address out of bounds is enough to distrust the name.
        if let forbidden = addresses.first(where: { !allowed.contains($0.range) }) {
            throw ForbiddenAddress(range: forbidden.range)
        }
        return address
    }

    /// The client that is there for a host, in use from now on; nil where there is none, or its address is too old.
    private func use(_ host: String) -> (http: HTTPClient, address: HostAddress)? {
        let now = ContinuousClock.now
        return self.entries.withLock { entries in
            guard let entry = entries[host], entry.users > 0 || now - entry.since < Self.addressLife else { return nil }
            entries[host]?.users += 1
            return (entry.http, entry.address)
        }
    }

    private func giveBack(_ host: String) {
        self.entries.withLock { entries in
            entries[host]?.users -= 1
            entries[host]?.lastUse = .now
        }
    }

    /// A client for a judged address, in use from now on, and those that have to give way to it; nil where one for another
    /// address is in use.
    private func take(_ host: String, _ address: HostAddress) -> (http: HTTPClient, closed: [HTTPClient])? {
        let now = ContinuousClock.now
        return self.entries.withLock { entries in
            var closed: [HTTPClient] = []
            if let entry = entries[host] {
                if entry.address == address {
                    entries[host]?.users += 1
                    entries[host]?.since = now
                    return (entry.http, closed)
                }
                guard entry.users == 0 else { return nil }
                closed.append(entry.http)
            }
            var configuration = self.configuration
            configuration.dnsOverride = [Self.withoutBrackets(host): address.literal]
            let http = HTTPClient(eventLoopGroupProvider: .shared(self.group), configuration: configuration)
            entries[host] = Entry(address: address, http: http, users: 1, lastUse: now, since: now)
            if entries.count > Self.keptClients,
                let oldest = entries.filter({ $0.value.users == 0 }).min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                entries[oldest.key] = nil
                closed.append(oldest.value.http)
            }
            return (http, closed)
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
