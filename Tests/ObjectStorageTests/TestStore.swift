import AsyncHTTPClient
import FoundationEssentials
import Logging
import NIOCore
import NIOPosix
import ObjectStorage
import Resilience
import Testing

/// A real store to test on, with a place of its own for each test that is cleared away afterwards.
enum TestStore: Sendable, CustomTestStringConvertible {
    case directory
    case s3(Server)

    /// One server of `PACKLINE_TEST_S3`: `ENDPOINT|BUCKET|ACCESS KEY|SECRET KEY`, and optionally `|QUIRK+QUIRK`.
    struct Server: Sendable {
        var endpoint: String
        var bucket: String
        var credentials: S3Credentials
        var quirks: Set<Quirk>
    }

    /// What a server is known not to do; the tests check the rest of its behaviour.
    enum Quirk: String {
        /// Overwrites whatever a condition says (JuiceFS, rclone).
        case ignoresConditions = "ignores-conditions"
        /// Buckets exist by being written to.
        case makesBuckets = "makes-buckets"
        /// Accepts any signature (moto).
        case ignoresSignatures = "ignores-signatures"
    }

    var testDescription: String {
        switch self {
        case .directory: "directory"
        case .s3(let server): server.endpoint
        }
    }

    func has(_ quirk: Quirk) -> Bool {
        if case .s3(let server) = self { server.quirks.contains(quirk) } else { false }
    }

    static let servers: [Server] = {
        let setting = ProcessInfo.processInfo.environment["PACKLINE_TEST_S3"] ?? ""
        return setting.split(separator: ",").compactMap { text in
            let parts = text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 4 || parts.count == 5 else { return nil }
            let quirks = parts.count == 5 ? parts[4].split(separator: "+").map { Quirk(rawValue: String($0)) } : []
            guard !quirks.contains(nil) else { return nil }
            return Server(
                endpoint: parts[0],
                bucket: parts[1],
                credentials: S3Credentials(accessKey: parts[2], secretKey: parts[3]),
                quirks: Set(quirks.compactMap { $0 })
            )
        }
    }()

    static let all: [Self] = [.directory] + Self.servers.map(Self.s3)

    /// Runs `body` with an empty store.
    func with<Result>(_ body: (any ObjectStore) async throws -> Result) async throws -> Result {
        let place = "test-\(UInt64.random(in: 0 ... .max))"
        switch self {
        case .directory:
            let root = FileManager.default.temporaryDirectory.appending(path: place).path
            defer { try? FileManager.default.removeItem(atPath: root) }
            return try await body(DirectoryObjectStore(path: root))
        case .s3(let server):
            return try await Self.withS3(
                endpoint: try S3Endpoint(server.endpoint),
                bucket: server.bucket,
                prefix: "tests/\(place)",
                credentials: server.credentials
            ) { store in
                do {
                    let result = try await body(store)
                    try await Self.clear(store)
                    return result
                } catch {
                    try? await Self.clear(store)
                    throw error
                }
            }
        }
    }

    /// Runs `body` with a store on a server of the test's choice.
    static func withS3<Result>(
        endpoint: S3Endpoint,
        bucket: String = "bucket",
        prefix: String = "",
        credentials: S3Credentials = S3Credentials(accessKey: "key", secretKey: "secret"),
        attempts: Int = 4,
        _ body: (S3ObjectStore) async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var client = S3ObjectStore.httpClientConfiguration(concurrency: 32)
        // Names are looked up on threads that other tests can keep busy for long.
        client.timeout.connect = .seconds(120)
        let http = HTTPClient(eventLoopGroup: group, configuration: client)
        let configuration = S3Configuration(
            bucket: bucket,
            prefix: prefix,
            endpoint: endpoint,
            region: "us-east-1",
            credentials: credentials,
            retry: RetryPolicy(maxAttempts: attempts, base: .milliseconds(50))
        )
        let store = S3ObjectStore(http: http, configuration: configuration, logger: Logger(label: "test"))
        do {
            let result = try await body(store)
            try await http.shutdown()
            try await group.shutdownGracefully()
            return result
        } catch {
            try? await http.shutdown()
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// Every object of a store, ascending by the bytes of the key.
    static func allObjects(of store: any ObjectStore, prefix: String = "") async throws -> [ListedObject] {
        var objects: [ListedObject] = []
        try await store.walk(prefix: prefix) { objects += $0.objects }
        return objects.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    private static func clear(_ store: any ObjectStore) async throws {
        let failures = try await store.deleteMany(try await Self.allObjects(of: store).map(\.key))
        if let error = failures.values.first { throw error }
    }
}
