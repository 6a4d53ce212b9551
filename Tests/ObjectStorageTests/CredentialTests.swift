import AsyncHTTPClient
import FoundationEssentials
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import ObjectStorage

/// Credentials that expire, from services like those of Amazon.
@Suite struct CredentialTests {
    static let start: Int64 = 1_700_000_000

    /// Issues what a script says.
    final class ScriptedSource: CredentialSource {
        let description = "a script"
        let isRefreshable = true
        let issues = Mutex(0)
        private let script: @Sendable (Int) async throws -> IssuedCredentials

        init(_ script: @escaping @Sendable (Int) async throws -> IssuedCredentials) { self.script = script }

        func issue() async throws -> IssuedCredentials {
            let number = self.issues.withLock { count in
                count += 1
                return count
            }
            return try await self.script(number)
        }
    }

    static func issued(_ number: Int, until: Int64?) -> IssuedCredentials {
        IssuedCredentials(
            credentials: S3Credentials(
                accessKey: "AK\(number)",
                secretKey: "secret\(number)",
                sessionToken: "t\(number)"
            ),
            expiresAt: until
        )
    }

    static func cache(_ source: any CredentialSource, _ now: @escaping @Sendable () -> Int64) -> CredentialCache {
        CredentialCache(source: source, region: "us-east-1", logger: Logger(label: "test"), now: now)
    }

    /// A busy machine is not what these are about.
    private static let patience = Duration.seconds(60)

    static func withHTTP<Result>(_ body: (HTTPClient) async throws -> Result) async throws -> Result {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let http = HTTPClient(
            eventLoopGroup: group,
            configuration: S3ObjectStore.httpClientConfiguration(concurrency: 4)
        )
        do {
            let result = try await body(http)
            try await http.shutdown()
            try await group.shutdownGracefully()
            return result
        } catch {
            try? await http.shutdown()
            try? await group.shutdownGracefully()
            throw error
        }
    }

    @Test(arguments: ["+999999999999999-01-01T00:00:00Z", "-999999-01-01T00:00:00Z", "9223372036854775807", ""])
    func `an end that is no time stops nobody`(_ text: String) { _ = CredentialRequest.unixTime(of: text) }

    @Test func `credentials are refreshed five minutes before their end`() async throws {
        let now = Mutex(Self.start)
        let source = ScriptedSource { Self.issued($0, until: Self.start + 3_600 * Int64($0)) }
        let cache = Self.cache(source) { now.withLock { $0 } }
        var keys: [String] = []
        for second: Int64 in [0, 3_299, 3_300, 3_301, 6_899, 6_900] {
            now.withLock { $0 = Self.start + second }
            keys.append(try await cache.signer().credentials.accessKey)
        }
        #expect(keys == ["AK1", "AK1", "AK2", "AK2", "AK2", "AK3"])
    }

    @Test func `all who wait share one refresh`() async throws {
        let gate = AsyncStream<Void>.makeStream()
        let source = ScriptedSource { number in
            for await _ in gate.stream { break }
            return Self.issued(number, until: nil)
        }
        let cache = Self.cache(source) { Self.start }
        let keys = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 { group.addTask { try await cache.signer().credentials.accessKey } }
            await Task.yield()
            gate.continuation.finish()
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(keys == ["AK1"])
        #expect(source.issues.withLock { $0 } == 1)
    }

    @Test func `old credentials are used while they last, with a try a minute`() async throws {
        let now = Mutex(Self.start)
        let source = ScriptedSource { number in
            if number == 1 { return Self.issued(1, until: Self.start + 1_000) }
            throw CredentialError(source: "a script", problem: "down", remedy: "wait", isRetryable: true)
        }
        let cache = Self.cache(source) { now.withLock { $0 } }
        var issues: [Int] = []
        for second: Int64 in [0, 700, 701, 759, 760, 999] {
            now.withLock { $0 = Self.start + second }
            #expect(try await cache.signer().credentials.accessKey == "AK1")
            issues.append(source.issues.withLock { $0 })
        }
        #expect(issues == [1, 2, 2, 2, 3, 4])
        now.withLock { $0 = Self.start + 1_000 }
        await #expect(throws: CredentialError.self) { _ = try await cache.signer() }
    }

    @Test func `credentials that have expired when they come are an error`() async throws {
        let cache = Self.cache(ScriptedSource { Self.issued($0, until: Self.start) }) { Self.start }
        let error = await #expect(throws: CredentialError.self) { _ = try await cache.signer() }
        #expect(error?.problem.contains("expired already") == true)
    }

    @Test(arguments: ["ExpiredToken", "InvalidToken", "TokenRefreshRequired"])
    func `a request refused for its token is repeated once with another`(_ code: String) async throws {
        for recovers in [true, false] {
            let source = ScriptedSource { Self.issued($0, until: nil) }
            try await ScriptedServer.with(credentials: source) { request, _ in
                recovers && request.headers.first(name: "x-amz-security-token") == "t2"
                    ? S3FaultTests.stored : .answer(400, body: S3FaultTests.error(code, message: "t2 of secret2"))
            } _: { store, server, _ in
                if recovers {
                    _ = try await store.put(S3FaultTests.object)
                    _ = try await store.put(S3FaultTests.object)
                    #expect(server.requests.count == 3)
                } else {
                    let error = await #expect(throws: ObjectStoreError.self) {
                        _ = try await store.put(S3FaultTests.object)
                    }
                    #expect(error?.code == .accessDenied)
                    #expect(error.map { "\($0)".contains("secret") || "\($0)".contains("t2") } == false)
                    #expect(error?.remedy?.contains("the credentials come from a script") == true)
                    #expect(server.requests.count == 2)
                }
                #expect(source.issues.withLock { $0 } == 2)
            }
        }
    }

    @Test func `no credentials is an error of the call, tried again where that can help`() async throws {
        for isRetryable in [true, false] {
            let source = ScriptedSource { _ in
                throw CredentialError(source: "a script", problem: "down", remedy: "look", isRetryable: isRetryable)
            }
            try await ScriptedServer.with(credentials: source) { _, _ in
                S3FaultTests.stored
            } _: { store, server, _ in
                let error = await #expect(throws: ObjectStoreError.self) { try await store.check() }
                #expect(error?.code == .accessDenied)
                #expect(error?.description.hasSuffix("no credentials from a script: down; look") == true)
                #expect(server.requests.isEmpty)
                #expect(source.issues.withLock { $0 } == (isRetryable ? 4 : 1))
            }
        }
    }

    static let document = """
        {"Code":"Success","AccessKeyId":"AK","SecretAccessKey":"SK","Token":"T","Expiration":"2026-01-31T23:59:59Z"}
        """

    @Test func `a container's service is asked with its token, read anew each time`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "token-\(UInt64.random(in: 0 ... .max))")
            .path()
        defer { try? FileManager.default.removeItem(atPath: file) }
        try await ScriptedServer.with { _, _ in
            .answer(200, body: Self.document)
        } _: { store, server, _ in
            try await Self.withHTTP { http in
                let source = try ContainerCredentials(
                    http: http,
                    url: store.address.origin + "/v1/credentials",
                    token: .file(file),
                    timeout: Self.patience
                )
                let missing = await #expect(throws: CredentialError.self) { _ = try await source.issue() }
                #expect(missing?.description.contains("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") == true)
                for token in ["first", "second"] {
                    try Data("\(token)\n".utf8).write(to: URL(filePath: file))
                    let issued = try await source.issue()
                    #expect(issued.credentials.accessKey == "AK" && issued.credentials.sessionToken == "T")
                    #expect(issued.expiresAt == 1_769_903_999)
                }
                try Data("a\nb".utf8).write(to: URL(filePath: file))
                await #expect(throws: CredentialError.self) { _ = try await source.issue() }
                #expect(server.requests.map { $0.headers.first(name: "authorization") } == ["first", "second"])
            }
        }
    }

    @Test func `credentials are asked for only where the token is safe`() {
        for url in [
            "https://anywhere.example/x", "http://127.0.0.1:80/x", "http://127.8.9.1", "http://localhost:5000/a",
            "http://[::1]/", "http://169.254.170.2/v2/x", "http://169.254.170.23/v1/credentials",
            "http://[fd00:ec2::23]/v1/credentials",
        ] { #expect(ContainerCredentials.isAllowed(url), "\(url)") }
        for url in [
            "http://example.org/", "http://169.254.169.254/", "http://127.0.0.1.example.org/", "ftp://localhost/",
            "http://localhost@example.org/", "169.254.170.2/x", "http://10.0.0.1/", "",
        ] { #expect(!ContainerCredentials.isAllowed(url), "\(url)") }
    }

    @Test func `an instance is asked for a token, its role and the role's credentials`() async throws {
        try await ScriptedServer.with { request, _ in
            switch (request.method, request.uri) {
            case (.PUT, "/latest/api/token"): .answer(200, body: "session")
            case (.GET, "/latest/meta-data/iam/security-credentials/"): .answer(200, body: "my-role\n")
            case (.GET, "/latest/meta-data/iam/security-credentials/my-role"): .answer(200, body: Self.document)
            default: .answer(404)
            }
        } _: { store, server, _ in
            try await Self.withHTTP { http in
                let issued = try await InstanceCredentials(
                    http: http,
                    url: store.address.origin,
                    timeout: Self.patience
                ).issue()
                #expect(issued.credentials.secretKey == "SK")
                #expect(
                    server.requests.dropFirst().allSatisfy { $0.headers["x-aws-ec2-metadata-token"] == ["session"] }
                )
            }
        }
    }

    @Test(
        arguments: [
            (.hangUp, true), (.answer(500), true), (.answer(429), true), (.answer(200, body: "{}"), false),
            (.answer(200, body: "<html>"), false), (.answer(404), false),
            (.answer(403, body: "{\"code\":\"AccessDenied\",\"message\":\"hush-token\"}"), false),
            (.answer(200, body: document.replacing("2026-01-31T", with: "yesterday ")), false),
            (.cut(200, body: "{\"AccessKeyId\"", length: 300), true),
        ] as [(ScriptedServer.Reaction, Bool)]
    )
    func `what is no answer names the source, and no secret`(
        _ fault: ScriptedServer.Reaction,
        _ isRetryable: Bool
    ) async throws {
        try await ScriptedServer.with { _, _ in
            fault
        } _: { store, _, _ in
            try await Self.withHTTP { http in
                let url = store.address.origin + "/c"
                let source = try ContainerCredentials(
                    http: http,
                    url: url,
                    token: .value("hush-token"),
                    timeout: Self.patience
                )
                let error = await #expect(throws: CredentialError.self) { _ = try await source.issue() }
                #expect(error?.isRetryable == isRetryable)
                #expect(error?.description.contains(url) == true)
                #expect(error?.description.contains("hush-token") == false)
            }
        }
    }

    @Test func `a real token service gives credentials for a web identity`() async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let endpoint = environment["PACKLINE_TEST_STS"] else {
            #expect(environment["PACKLINE_TEST_PARTIAL"] == "1", "PACKLINE_TEST_STS names no service: use 'make test'")
            return
        }
        let file = FileManager.default.temporaryDirectory.appending(path: "token-\(UInt64.random(in: 0 ... .max))")
            .path()
        defer { try? FileManager.default.removeItem(atPath: file) }
        try Data("header.payload.signature\n".utf8).write(to: URL(filePath: file))
        try await Self.withHTTP { http in
            let source = WebIdentityCredentials(
                http: http,
                tokenFile: file,
                roleARN: "arn:aws:iam::123456789012:role/packline",
                region: "us-east-1",
                endpoint: endpoint,
                timeout: Self.patience
            )
            let issued = try await source.issue()
            #expect(issued.credentials.accessKey.isEmpty == false && issued.credentials.sessionToken?.isEmpty == false)
            #expect(issued.expiresAt ?? 0 > Int64(Date().timeIntervalSince1970) + 600)
        }
    }

    @Test func `a refused web identity says why, and what to look at`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "token-\(UInt64.random(in: 0 ... .max))")
            .path()
        defer { try? FileManager.default.removeItem(atPath: file) }
        try Data("hush.hush+hush".utf8).write(to: URL(filePath: file))
        try await ScriptedServer.with { _, _ in
            let error =
                "<Error><Type>Sender</Type><Code>InvalidIdentityToken</Code><Message>hush.hush</Message></Error>"
            return .answer(400, body: "<ErrorResponse>\(error)</ErrorResponse>")
        } _: { store, server, _ in
            try await Self.withHTTP { http in
                let source = WebIdentityCredentials(
                    http: http,
                    tokenFile: file,
                    roleARN: "arn:aws:iam::1:role/r",
                    region: "us-east-1",
                    endpoint: store.address.origin,
                    timeout: Self.patience
                )
                let error = await #expect(throws: CredentialError.self) { _ = try await source.issue() }
                #expect(error?.problem == "status 400 InvalidIdentityToken")
                #expect(error?.remedy.contains("AWS_ROLE_ARN") == true && error?.isRetryable == false)
                #expect(error?.description.contains("hush") == false)
                #expect(
                    server.requests.first.map { String(decoding: $0.body, as: UTF8.self) } == """
                        Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr\
                        &RoleSessionName=packline&WebIdentityToken=hush.hush%2Bhush
                        """
                )
            }
        }
    }
}
