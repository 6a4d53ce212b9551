import Composer
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Site
import Store
import TestSupport
import Testing

@Suite struct SiteTests {
    private static let large = Array(String(repeating: "{\"version\":\"1.0\"}", count: 200).utf8)
    private static let path = "/p2/wp-plugin/akismet.json"

    /// A site over a database with one document.
    private func withSite(
        _ database: TestDatabase,
        _ body: @escaping @Sendable (any TestClientProtocol, Store) async throws -> Void
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            let run = try await store.beginRun(.update, worker: "test", version: "test")
            for path in [Self.path, "/p2/wp-plugin/akismet~dev.json"] {
                _ = try await store.setRootDocument(
                    path: String(path.dropFirst()),
                    content: Blob(of: Self.large),
                    run: run
                )
            }
            _ = try await store.setRootDocument(path: "packages.json", content: Blob(of: Array("{}".utf8)), run: run)
            try await Application(router: Site.router(store: store, logger: logger)).test(.router) { client in
                try await body(client, store)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a document comes as stored to those who take gzip, and decoded to others`(_ database: TestDatabase)
        async throws
    {
        try await self.withSite(database) { client, _ in
            try await client.execute(uri: Self.path, method: .get) { response in
                #expect(response.status == .ok)
                #expect(Array(response.body.readableBytesView) == Self.large)
                #expect(response.headers[.contentEncoding] == nil)
                #expect(response.headers[.vary] == "Accept-Encoding")
                #expect(response.headers[.contentType] == "application/json")
            }
            for accepted in ["br, gzip;q=0.5", "*", "*;q=0, gzip", "identity;q=0, *;q=0.1"] {
                try await client.execute(uri: Self.path, method: .get, headers: [.acceptEncoding: accepted]) {
                    response in
                    #expect(response.headers[.contentEncoding] == "gzip", "\(accepted)")
                    #expect(Array(response.body.readableBytesView) == Blob(of: Self.large).bytes)
                }
            }
            for accepted in ["gzip;q=0", "gzip;q=0, *", "*, gzip;q=0", "*;q=0", "br"] {
                try await client.execute(uri: Self.path, method: .get, headers: [.acceptEncoding: accepted]) {
                    response in
                    #expect(response.headers[.contentEncoding] == nil, "\(accepted)")
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what a client has already is answered with an empty 304`(_ database: TestDatabase) async throws {
        try await self.withSite(database) { client, _ in
            let (etag, modified) = try await client.execute(uri: Self.path, method: .get) { response in
                (try #require(response.headers[.eTag]), try #require(response.headers[.lastModified]))
            }
            let conditions: [(HTTPFields, HTTPResponse.Status)] = [
                ([.ifNoneMatch: etag], .notModified), ([.ifNoneMatch: "\"other\", W/\(etag)"], .notModified),
                ([.ifNoneMatch: "*"], .notModified), ([.ifNoneMatch: "\"other\""], .ok),
                ([.ifModifiedSince: modified], .notModified),
                ([.ifModifiedSince: "Thu, 01 Jan 1970 00:00:00 GMT"], .ok), ([.ifModifiedSince: "yesterday"], .ok),
                // An ETag outranks a date.
                ([.ifNoneMatch: "\"other\"", .ifModifiedSince: modified], .ok),
                // The compressed form is another representation.
                ([.ifNoneMatch: etag, .acceptEncoding: "gzip"], .ok),
            ]
            for (headers, status) in conditions {
                try await client.execute(uri: Self.path, method: .get, headers: headers) { response in
                    #expect(response.status == status, "\(headers)")
                    if status == .notModified {
                        #expect(response.body.readableBytes == 0)
                        #expect(response.headers[.eTag] == etag)
                        #expect(response.headers[.lastModified] == modified)
                    }
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `HEAD has the headers of GET and no body`(_ database: TestDatabase) async throws {
        try await self.withSite(database) { client, _ in
            try await client.execute(uri: Self.path, method: .head) { response in
                #expect(response.status == .ok)
                #expect(response.headers[.eTag] != nil)
                #expect(response.body.readableBytes == 0)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is not there is a 404 in JSON, wherever it is asked for`(_ database: TestDatabase) async throws {
        try await self.withSite(database) { client, _ in
            for uri in ["/p2/wp-plugin/nothing.json", "/nothing", "/p2/x", "/p2/../packages.json", "/p2/a/b/c.json"] {
                try await client.execute(uri: uri, method: .get) { response in
                    #expect(response.status == .notFound, "\(uri)")
                    #expect(response.headers[.contentType]?.hasPrefix("application/json") == true)
                    #expect(String(buffer: response.body).hasPrefix("{\"error\":\""))
                }
            }
        }
    }
}
