import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Transport

/// What is connected to was judged, each time that somebody asks for it.
@Suite struct JudgedClientsTests {
    static let addresses: [String: HostAddress] = [
        "far": HostAddress(literal: "8.8.8.8", range: .global),
        "six": HostAddress(literal: "2606:4700::1", range: .global),
        "here": HostAddress(literal: "127.0.0.1", range: .loopback),
        "inside": HostAddress(literal: "10.0.0.1", range: .private),
        "metadata": HostAddress(literal: "169.254.169.254", range: .linkLocal),
    ]

    /// Hosts are resolved to the names above that `names` says, a different answer at each time where it has several.
    private func with(
        _ names: [String: [[String]]],
        _ body: (JudgedClients, _ resolved: () -> [String]) async throws -> Void
    ) async throws {
        let resolved = Mutex<[String]>([])
        let clients = JudgedClients(
            group: MultiThreadedEventLoopGroup.singleton,
            configuration: HTTPClient.Configuration(redirectConfiguration: .disallow)
        ) { host in
            let turn = resolved.withLock { resolved in
                resolved.append(host)
                return resolved.count { $0 == host } - 1
            }
            let answers = names[host] ?? [[host]]
            return answers[min(turn, answers.count - 1)].compactMap { Self.addresses[$0] }
        }
        do { try await body(clients) { resolved.withLock { $0 } } } catch { Issue.record(error) }
        try await clients.shutdown()
    }

    @Test func `one address out of bounds is enough to distrust a name`() async throws {
        for answer in [["far", "inside"], ["inside", "far"]] {
            try await self.with(["cdn": [answer]]) { clients, _ in
                let error = await #expect(throws: ForbiddenAddress.self) {
                    try await clients.withClient(for: "cdn", askedBy: "far") { _ in }
                }
                #expect(error?.range == .private)
            }
        }
    }

    @Test(arguments: [("here", "inside"), ("here", "metadata"), ("inside", "here"), ("inside", "metadata")])
    func `only the ranges of the configured host itself are open to what it leads to`(
        _ configured: String,
        _ host: String
    ) async throws {
        try await self.with([:]) { clients, _ in
            try await clients.withClient(for: configured, askedBy: configured) { _ in }
            try await clients.withClient(for: "far", askedBy: configured) { _ in }
            await #expect(throws: ForbiddenAddress.self) {
                try await clients.withClient(for: host, askedBy: configured) { _ in }
            }
        }
    }

    @Test func `a host that one may lead to is judged anew for another`() async throws {
        try await self.with([:]) { clients, _ in
            try await clients.withClient(for: "here", askedBy: "here") { _ in }
            for other in ["far", "inside", nil] {
                let error = await #expect(throws: ForbiddenAddress.self) {
                    try await clients.withClient(for: "here", askedBy: other) { _ in }
                }
                #expect(error?.range == .loopback)
            }
        }
    }

    @Test func `another answer of the name's server changes nothing afterwards`() async throws {
        try await self.with(["cdn": [["far"], ["inside"]]]) { clients, resolved in
            let first = try await clients.withClient(for: "cdn", askedBy: "far") { $0 }
            let second = try await clients.withClient(for: "cdn", askedBy: "far") { $0 }
            #expect(first === second)
            #expect(resolved().count { $0 == "cdn" } == 1)
        }
    }

    @Test func `a name that is not known is not connected to`() async throws {
        try await self.with(["nowhere": [[]]]) { clients, _ in
            let error = await #expect(throws: ForbiddenAddress.self) {
                try await clients.withClient(for: "nowhere", askedBy: "far") { _ in }
            }
            #expect(error?.range == nil)
        }
    }

    @Test func `P22: hosts that answers name are not remembered without end, and the ones in use stay`() async throws {
        let hosts = (0...JudgedClients.keptClients).map { "host\($0)" }
        try await self.with(Dictionary(uniqueKeysWithValues: hosts.map { ($0, [["far"]]) })) { clients, resolved in
            try await clients.withClient(for: hosts[0], askedBy: nil) { first in
                for host in hosts.dropFirst() { try await clients.withClient(for: host, askedBy: nil) { _ in } }
                // The second was the oldest of those that were not in use.
                try await clients.withClient(for: hosts[0], askedBy: nil) { #expect($0 === first) }
                try await clients.withClient(for: hosts[1], askedBy: nil) { _ in }
                try await clients.withClient(for: hosts[3], askedBy: nil) { _ in }
            }
            #expect(resolved().count { $0 == hosts[0] } == 1)
            #expect(resolved().count { $0 == hosts[1] } == 2)
            #expect(resolved().count { $0 == hosts[3] } == 1)
        }
    }

    @Test(arguments: [ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, nil])
    func `where an address can't be reached, another one of the host is, and is used from then on`(
        _ code: Int32?
    ) async throws {
        let refusal: (any Error)? = code.map { IOError(errnoCode: $0, reason: "connect") }
        let failure = refusal ?? HTTPClientError.connectTimeout
        try await self.with(["cdn": [["six", "far"]]]) { clients, resolved in
            var tried: [HTTPClient] = []
            let reached = try await clients.withClient(for: "cdn", askedBy: nil) { client in
                tried.append(client)
                if tried.count == 1 { throw failure }
                return client
            }
            #expect(tried.count == 2 && tried[0] !== tried[1])
            #expect(try await clients.withClient(for: "cdn", askedBy: nil) { $0 } === reached)
            #expect(resolved() == ["cdn"])
            // It is away too: the name is asked for again, and the other one is tried before that is said.
            tried = []
            await #expect(throws: (any Error).self) {
                try await clients.withClient(for: "cdn", askedBy: nil) { client in
                    tried.append(client)
                    throw failure
                }
            }
            #expect(tried.count == 2 && tried[0] === reached && tried[1] !== reached)
            #expect(resolved() == ["cdn", "cdn"])
        }
    }

    @Test func `what has failed once it was connected is not tried elsewhere`() async throws {
        try await self.with(["cdn": [["far", "six"]]]) { clients, _ in
            var tries = 0
            await #expect(throws: IOError.self) {
                try await clients.withClient(for: "cdn", askedBy: nil) { _ in
                    tries += 1
                    throw IOError(errnoCode: ECONNRESET, reason: "read")
                }
            }
            #expect(tries == 1)
        }
    }

    @Test(.timeLimit(.minutes(30)))
    func `whoever finds another address at the same time connects to that, which was judged for it`() async throws {
        let (isAsked, asks) = AsyncStream<Void>.makeStream()
        let (mayAnswer, answers) = AsyncStream<Void>.makeStream()
        let turn = Mutex(0)
        let clients = JudgedClients(
            group: MultiThreadedEventLoopGroup.singleton,
            configuration: HTTPClient.Configuration(redirectConfiguration: .disallow)
        ) { host in
            guard host == "cdn" else { return [Self.addresses[host]].compactMap(\.self) }
            let isFirst = turn.withLock { turn in
                turn += 1
                return turn == 1
            }
            guard isFirst else { return [Self.addresses["here"]].compactMap(\.self) }
            asks.yield()
            for await _ in mayAnswer { break }
            return [Self.addresses["far"]].compactMap(\.self)
        }
        let slow = Task { try await clients.withClient(for: "cdn", askedBy: "far") { $0 } }
        for await _ in isAsked { break }
        try await clients.withClient(for: "cdn", askedBy: "here") { here in
            answers.yield()
            let far = try await slow.value
            #expect(far !== here)
        }
        try await clients.shutdown()
    }
}
