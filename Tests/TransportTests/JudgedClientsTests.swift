import AsyncHTTPClient
import NIOPosix
import Synchronization
import Testing
import Transport

/// What is connected to was judged, each time that somebody asks for it.
@Suite struct JudgedClientsTests {
    static let addresses: [String: HostAddress] = [
        "far": HostAddress(literal: "8.8.8.8", range: .global),
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
                    _ = try await clients.client(for: "cdn", askedBy: "far")
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
            _ = try await clients.client(for: configured, askedBy: configured)
            _ = try await clients.client(for: "far", askedBy: configured)
            await #expect(throws: ForbiddenAddress.self) {
                _ = try await clients.client(for: host, askedBy: configured)
            }
        }
    }

    @Test func `a host that one may lead to is judged anew for another`() async throws {
        try await self.with([:]) { clients, _ in
            _ = try await clients.client(for: "here", askedBy: "here")
            for other in ["far", "inside", nil] {
                let error = await #expect(throws: ForbiddenAddress.self) {
                    _ = try await clients.client(for: "here", askedBy: other)
                }
                #expect(error?.range == .loopback)
            }
        }
    }

    @Test func `another answer of the name's server changes nothing afterwards`() async throws {
        try await self.with(["cdn": [["far"], ["inside"]]]) { clients, resolved in
            let first = try await clients.client(for: "cdn", askedBy: "far")
            let second = try await clients.client(for: "cdn", askedBy: "far")
            #expect(first === second)
            #expect(resolved().count { $0 == "cdn" } == 1)
        }
    }

    @Test func `a name that is not known is not connected to`() async throws {
        try await self.with(["nowhere": [[]]]) { clients, _ in
            let error = await #expect(throws: ForbiddenAddress.self) {
                _ = try await clients.client(for: "nowhere", askedBy: "far")
            }
            #expect(error?.range == nil)
        }
    }
}
