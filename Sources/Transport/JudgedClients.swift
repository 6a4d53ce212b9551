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
    }

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

    /// A client for `host`.
    ///
    /// - Parameter configuredHost: Whose answer leads there. Ranges other than the internet's are allowed only where one
    ///   of its own addresses is in the same; nil allows none.
    /// - Throws: ``ForbiddenAddress``.
    package func client(for host: String, askedBy configuredHost: String?) async throws -> HTTPClient {
        let known = self.entries.withLock { $0[host] }
        let addresses = if let known { [known.address] } else { await self.resolve(Self.withoutBrackets(host)) }
        var allowed: Set<AddressRange> = [.global]
        if let configuredHost, addresses.contains(where: { $0.range != .global }) {
            allowed.formUnion(await self.resolve(Self.withoutBrackets(configuredHost)).map(\.range))
        }
        guard let address = addresses.first else { throw ForbiddenAddress(range: nil) }
        // One address out of bounds is enough to distrust the name.
        if let forbidden = addresses.first(where: { !allowed.contains($0.range) }) {
            throw ForbiddenAddress(range: forbidden.range)
        }
        if let known { return known.http }
        return self.entries.withLock { entries in
            if let entry = entries[host] { return entry.http }
            var configuration = self.configuration
            configuration.dnsOverride = [Self.withoutBrackets(host): address.literal]
            let http = HTTPClient(eventLoopGroupProvider: .shared(self.group), configuration: configuration)
            entries[host] = Entry(address: address, http: http)
            return http
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
