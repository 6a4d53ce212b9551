import NIOHTTP1
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Composer
@testable import Facts
@testable import Upstream
@testable import WordPress

@Suite struct PackageDirectoryTests {
    static func package(_ slug: String, version: String = "1.0") -> String {
        #"{"slug":"\#(slug)","name":"\#(slug)","version":"\#(version)","versions":{"\#(version)":"https://d/\#(slug).zip"},"active_installs":70}"#
    }

    /// The slugs that a request asks for, and whether it is the form for many.
    static func slugs(_ request: TestUpstream.Request) -> (slugs: [String], isBatch: Bool) {
        let parameters = request.uri.split(separator: "?").last?.split(separator: "&") ?? []
        for parameter in parameters {
            if parameter.hasPrefix("slugs=") {
                return (parameter.dropFirst(6).split(separator: ",").map(String.init), true)
            }
            if parameter.hasPrefix("slug=") { return ([String(parameter.dropFirst(5))], false) }
        }
        return ([], false)
    }

    /// Answers as upstream does; `spoil` may answer for a slug in its own way, for the whole request.
    static func upstream(
        spoil: @escaping @Sendable (String) -> TestUpstream.Reaction? = { _ in nil }
    ) -> @Sendable (TestUpstream.Request) -> TestUpstream.Reaction {
        { request in
            let (slugs, isBatch) = Self.slugs(request)
            for slug in slugs { if let reaction = spoil(slug) { return reaction } }
            let values = slugs.map { slug in
                if slug.hasPrefix("unknown") { return #"{"error":"Plugin not found."}"# }
                if slug.hasPrefix("closed") {
                    return #"{"error":"closed","slug":"\#(slug)","closed":true,"reason":false}"#
                }
                return Self.package(slug)
            }
            if isBatch {
                let members = zip(slugs, values).map { "\"\($0)\":\($1)" }
                return .ok("{\(members.joined(separator: ","))}")
            }
            let isError = values.first?.hasPrefix("{\"error") == true
            return .status(isError ? 404 : 200, values.first ?? "")
        }
    }

    func directory(
        _ connection: TestUpstream.Connection,
        _ type: PackageType = .plugin,
        limits: PackageDirectory.Limits = .init()
    ) -> PackageDirectory {
        PackageDirectory(type: type, client: connection.client, apiURL: connection.url + "/", limits: limits)
    }

    static func isActive(_ result: Result<PackageAnswer<Payload>, UpstreamError>?) -> Bool {
        guard case .success(.active) = result else { return false }
        return true
    }

    static func error(_ result: Result<PackageAnswer<Payload>, UpstreamError>?) -> UpstreamError? {
        guard case .failure(let error) = result else { return nil }
        return error
    }

    @Test func `a hundred packages take one request`() async throws {
        try await TestUpstream.with(script: Self.upstream()) { connection in
            let directory = self.directory(connection)
            let slugs = (0..<98).map { "plugin-\($0)" } + ["unknown-one", "closed-one"]
            let answers = try await directory.information(about: slugs)
            #expect(answers.count == 100)
            #expect(answers.values.filter { Self.isActive($0) }.count == 98)
            guard case .success(.notFound) = answers["unknown-one"],
                case .success(.closed(let closure)) = answers["closed-one"],
                case .success(.active(let payload, let facts)) = answers["plugin-7"]
            else {
                Issue.record("\(answers)")
                return
            }
            #expect(closure == Closure())
            #expect(payload.versions == [VersionLink(tag: "1.0", url: "https://d/plugin-7.zip")])
            #expect(facts.activeInstalls == 70)
            #expect(directory.statistics == PackageDirectory.Statistics(requests: 1))
            let uri = try #require(connection.server.requests.first?.uri)
            #expect(uri.hasPrefix("/plugins/info/1.2/?action=plugin_information&slugs=plugin-0,plugin-1,"))
            #expect(uri.contains("fields%5Bversions%5D=1"))
            #expect(uri.contains("fields%5Bsections%5D=0"))
            #expect(!uri.contains("false"))
        }
    }

    @Test func `more than fit into one request take several, and each slug is asked for once`() async throws {
        try await TestUpstream.with(script: Self.upstream()) { connection in
            let directory = self.directory(connection)
            let long = (0..<60).map { "\($0)-" + String(repeating: "x", count: 190) }
            let slugs = (0..<150).map { "plugin-\($0)" } + long + ["plugin-3"]
            let answers = try await directory.information(about: slugs)
            #expect(answers.values.filter { Self.isActive($0) }.count == 210)
            #expect(directory.statistics.requests == 4)
            #expect(connection.server.requests.allSatisfy { $0.uri.utf8.count < 8_000 })
            let asked = connection.server.requests.flatMap { Self.slugs($0).slugs }
            #expect(asked.count == 210)
            #expect(connection.server.requests.allSatisfy { Self.slugs($0).slugs.count <= 100 })
        }
    }

    @Test func `nothing is sent for what can't be asked`() async throws {
        try await TestUpstream.with(script: Self.upstream()) { connection in
            let directory = self.directory(connection)
            let answers = try await directory.information(about: ["a,b", "UPPER", "", "a&b", "good"])
            #expect(Self.isActive(answers["good"]))
            #expect(answers.values.filter { Self.error($0)?.code == .refused }.count == 4)
            #expect(connection.server.requests.count == 1)
            let none = try await directory.information(about: [])
            #expect(none.isEmpty)
            #expect(connection.server.requests.count == 1)
        }
    }

    @Test func `one package is asked for in the form for one`() async throws {
        try await TestUpstream.with(script: Self.upstream()) { connection in
            let directory = self.directory(connection, .theme)
            let answers = try await directory.information(about: ["a"])
            #expect(Self.isActive(answers["a"]))
            guard case .success(.closed) = try await directory.information(about: ["closed"])["closed"] else {
                Issue.record("a 404 that says 'closed' is an answer")
                return
            }
            #expect(directory.statistics == PackageDirectory.Statistics(requests: 2, singles: 2))
            let uri = try #require(connection.server.requests.first?.uri)
            #expect(uri.hasPrefix("/themes/info/1.2/?action=theme_information&slug=a&"))
        }
    }

    /// What one package can do to the batch that it is in.
    @Test(arguments: [
        TestUpstream.Reaction.status(500), .status(403, "blocked"), .status(404, "<html></html>"),
        .ok("<p>Action not implemented.</p>"),
        .ok(""), .ok("{\"a"), .ok("[]"), .ok("{\"error\":\"Query Failed.\"}"), .cut(body: Array("{\"a\":".utf8)),
        .hangUp,
        .answer(200, body: Array(repeating: 0x20, count: 2 << 20)),
    ])
    func `a package that spoils its batch harms nobody else`(poison: TestUpstream.Reaction) async throws {
        try await TestUpstream.with(.forTests(attempts: 2), script: Self.upstream { $0 == "poison" ? poison : nil }) {
            connection in
            let directory = self.directory(connection)
            var slugs = (0..<40).map { "plugin-\($0)" }
            slugs.insert("poison", at: 17)
            let answers = try await directory.information(about: slugs)
            #expect(answers.count == 41)
            #expect(answers.values.filter { Self.isActive($0) }.count == 40)
            #expect(Self.error(answers["poison"]) != nil)
            #expect(directory.statistics.splits >= 5)
            // The batch twice, as the retry policy has it, and each half once.
            #expect(directory.statistics.requests <= 14)
        }
    }

    @Test func `a package whose answer never ends costs its batch some time, and nothing else`() async throws {
        // Answers come as a whole: only the one that never ends brings nothing for as long as that.
        try await TestUpstream.with(
            .forTests(pace: BodyPace(window: .milliseconds(200), bytes: 1), attempts: 1),
            script: Self.upstream { $0 == "poison" ? .stall(body: Array("{".utf8)) : nil }
        ) { connection in
            let answers = try await self.directory(connection).information(about: ["poison", "good"])
            #expect(Self.isActive(answers["good"]))
            #expect(Self.error(answers["poison"])?.code == .timeout)
        }
    }

    @Test func `a slug that the answer leaves out, or answers with another package, fails alone`() async throws {
        try await TestUpstream.with(script: { request in
            Self.slugs(request).isBatch
                ? .ok(#"{"a":\#(Self.package("a")),"b":\#(Self.package("a")),"d":null}"#) : .status(404, "no")
        }) { connection in
            let answers = try await self.directory(connection).information(about: ["a", "b", "c", "d"])
            #expect(Self.isActive(answers["a"]))
            #expect(Self.error(answers["b"])?.detail.contains("is about another package") == true)
            #expect(Self.error(answers["c"])?.detail.contains("does not include 'c'") == true)
            #expect(Self.error(answers["d"])?.code == .malformed)
            #expect(connection.server.requests.count == 1)
        }
    }

    @Test(arguments: [
        (404, #"{"error":"Slugs not provided"}"#), (400, #"{"error":"Slug not provided"}"#),
        (200, #"{"error":"Slugs not provided"}"#),
    ])
    func `where batches are declined packages are asked for one by one from then on`(status: Int, body: String)
        async throws
    {
        try await TestUpstream.with(script: { request in
            Self.slugs(request).isBatch ? .status(status, body) : Self.upstream()(request)
        }) { connection in
            let directory = self.directory(connection, .theme)
            let answers = try await directory.information(about: ["a", "b", "c"])
            #expect(answers.values.filter { Self.isActive($0) }.count == 3)
            #expect(directory.statistics == PackageDirectory.Statistics(requests: 4, singles: 3))
            _ = try await directory.information(about: ["d", "e"])
            #expect(directory.statistics == PackageDirectory.Statistics(requests: 6, singles: 5))
            #expect(connection.clock.waits.isEmpty)
        }
    }

    @Test func `an outage is given up on after ten failures in a row, and everybody may be asked for again`()
        async throws
    {
        try await TestUpstream.with(.forTests(concurrency: 1, attempts: 1), script: { _ in .status(502) }) {
            connection in
            let directory = self.directory(connection)
            let slugs = (0..<1_000).map { "plugin-\($0)" }
            let answers = try await directory.information(about: slugs)
            #expect(answers.count == 1_000)
            #expect(answers.values.allSatisfy { Self.error($0)?.isRetryable == true })
            #expect(connection.server.requests.count == 10)
            #expect(Self.error(answers["plugin-999"])?.detail.contains("was not asked for") == true)
            // It says nothing of any package, and is remembered: the next batch costs nothing.
            #expect(answers.values.allSatisfy { Self.error($0)?.verdict == .unknown })
            let more = try await directory.information(about: ["another"], suspects: ["suspect"])
            #expect(more.values.allSatisfy { Self.error($0)?.verdict == .unknown })
            #expect(connection.server.requests.count == 10)
            #expect(directory.outage != nil)
        }
    }

    @Test func `an outage of few requests blames nobody`() async throws {
        try await TestUpstream.with(.forTests(concurrency: 1, attempts: 1), script: { _ in .status(502) }) {
            connection in
            let answers = try await self.directory(connection).information(about: ["a", "b", "c"], suspects: ["d"])
            #expect(answers.count == 4)
            #expect(answers.values.allSatisfy { Self.error($0)?.verdict == .unknown })
        }
    }

    @Test func `what is asked about alone and fails is to blame where others are answered, or nobody else is there`()
        async throws
    {
        let script = Self.upstream { $0.hasPrefix("poison") ? .status(500) : $0 == "odd" ? .ok("{\"odd\":7}") : nil }
        try await TestUpstream.with(.forTests(concurrency: 1, attempts: 1), script: script) { connection in
            let directory = self.directory(connection)
            let answers = try await directory.information(about: ["a", "b", "poison-1"], suspects: ["poison-2", "c"])
            #expect(Self.error(answers["poison-1"])?.verdict == .poisonous)
            #expect(Self.error(answers["poison-2"])?.verdict == .poisonous)
            #expect(Self.isActive(answers["a"]) && Self.isActive(answers["b"]) && Self.isActive(answers["c"]))
            let asked = connection.server.requests.map { Self.slugs($0).slugs }
            #expect(asked.filter { $0.contains("poison-2") || $0.contains("c") } == [["poison-2"], ["c"]])
            let alone = try await directory.information(about: ["poison-1"])
            #expect(Self.error(alone["poison-1"])?.verdict == .poisonous)
        }
    }

    @Test func `an answer about none of the packages says nothing of any`() async throws {
        try await TestUpstream.with(.forTests(attempts: 1), script: { _ in .ok("{}") }) { connection in
            let answers = try await self.directory(connection).information(about: (0..<100).map { "plugin-\($0)" })
            #expect(answers.count == 100)
            #expect(answers.values.allSatisfy { Self.error($0)?.verdict == .unknown })
        }
        try await TestUpstream.with(script: { _ in .ok("{\"a\":7,\"b\":\(Self.package("b"))}") }) { connection in
            let answers = try await self.directory(connection).information(about: ["a", "b", "c"])
            #expect(Self.error(answers["a"])?.verdict == .unusable)
            #expect(Self.error(answers["c"])?.verdict == .unusable)
        }
    }

    @Test func `many spoilt packages are no outage while others answer`() async throws {
        let script = Self.upstream { $0.hasPrefix("poison") ? .status(500) : nil }
        try await TestUpstream.with(.forTests(concurrency: 1, attempts: 1), script: script) { connection in
            let slugs = (0..<64).map { $0 % 4 == 0 ? "poison-\($0)" : "plugin-\($0)" }
            let answers = try await self.directory(connection).information(about: slugs)
            #expect(answers.values.filter { Self.isActive($0) }.count == 48)
            #expect(connection.server.requests.count > 40)
        }
    }

    @Test func `a server that can't be reached is not asked in halves`() async throws {
        try await TestUpstream.with(.forTests(attempts: 2), script: { _ in .hangUp }) { connection in
            let directory = PackageDirectory(type: .plugin, client: connection.client, apiURL: "http://127.0.0.1:1")
            let answers = try await directory.information(about: ["a", "b", "c", "d"])
            #expect(answers.values.allSatisfy { Self.error($0)?.code == .unreachable })
            #expect(directory.statistics == PackageDirectory.Statistics(requests: 2))
        }
    }

    @Test func `too many requests: the batch waits as told and is not halved`() async throws {
        try await TestUpstream.with(script: { request in
            request.number <= 2 ? .status(429, headers: [("Retry-After", "90")]) : Self.upstream()(request)
        }) { connection in
            let directory = self.directory(connection)
            let answers = try await directory.information(about: ["a", "b", "c"])
            #expect(answers.values.filter { Self.isActive($0) }.count == 3)
            #expect(directory.statistics == PackageDirectory.Statistics(requests: 3))
            #expect(connection.clock.waits.filter { $0 >= .seconds(90) }.count == 2)
        }
        try await TestUpstream.with(.forTests(attempts: 2), script: { _ in .status(429) }) { connection in
            let directory = self.directory(connection)
            let answers = try await directory.information(about: ["a", "b", "c"])
            #expect(answers.values.allSatisfy { Self.error($0)?.status == 429 })
            #expect(directory.statistics == PackageDirectory.Statistics(requests: 2))
        }
    }

    @Test func `a passing failure costs a retry, not a split`() async throws {
        try await TestUpstream.with(script: { request in
            request.number == 1 ? .status(503) : Self.upstream()(request)
        }) { connection in
            let directory = self.directory(connection)
            let answers = try await directory.information(about: ["a", "b"])
            #expect(answers.values.filter { Self.isActive($0) }.count == 2)
            #expect(directory.statistics == PackageDirectory.Statistics(requests: 2))
        }
    }

    @Test(arguments: [
        TestUpstream.Reaction.ok("<html></html>"), .ok(""), .ok("null"), .ok("[]"), .status(404, "<html></html>"),
        .status(404, ""),
        .status(404, "null"), .status(404, #"{"error":"Something else"}"#), .ok(#"{"error":"Something else"}"#),
    ])
    func `an unusable answer about one package never means that it is unknown`(answer: TestUpstream.Reaction)
        async throws
    {
        try await TestUpstream.with(.forTests(attempts: 1), script: { _ in answer }) { connection in
            let answers = try await self.directory(connection).information(about: ["a"])
            #expect(Self.error(answers["a"]) != nil)
        }
    }

    @Test func `cancelling ends it with a cancellation`() async throws {
        try await TestUpstream.with(script: { _ in .silence }) { connection in
            let directory = self.directory(connection)
            let task = Task { try await directory.information(about: ["a", "b"]) }
            while connection.server.requests.isEmpty { await Task.yield() }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }
}
