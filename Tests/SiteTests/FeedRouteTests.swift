import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Site
import Store
import TestSupport
import Testing

@Suite struct FeedRouteTests {
    private struct Answer: Decodable, Equatable {
        struct Action: Decodable, Equatable {
            var type: String
            var package: String
            var time: Int64
        }
        var actions: [Action]?
        var timestamp: Int64
        var error: String?

        var news: [String] { (self.actions ?? []).map { "\($0.type) \($0.package)" } }
    }

    private func changes(
        _ client: any TestClientProtocol,
        _ query: String,
        status: HTTPResponse.Status = .ok
    ) async throws -> Answer {
        try await client.execute(uri: "/metadata/changes.json\(query)", method: .get) { response in
            #expect(response.status == status, "\(query)")
            #expect(response.headers[.contentType] == "application/json")
            return try JSONDecoder().decode(Answer.self, from: Data(response.body.readableBytesView))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a since that is missing or no position is refused with the timestamp to start from`(
        _ database: TestDatabase
    ) async throws {
        try await PublishedRepository.with(database) { client, repository in
            let timestamp = try await repository.store.feedTimestamp()
            for query in [
                "", "?since=", "?since=0", "?since=-17000000000000", "?since=1700000000", "?since=9999999999999",
                "?since=yesterday", "?since=+17000000000000", "?since=17000000000000.5", "?since=1e14",
                "?since=99999999999999999999", "?since=\(timestamp + 1)", "?since=%00", "?SINCE=17000000000000",
            ] {
                let answer = try await self.changes(client, query, status: .badRequest)
                #expect(answer.timestamp == timestamp, "\(query)")
                #expect(answer.error?.contains("since") == true)
                #expect(answer.actions == nil)
            }
            #expect(try await self.changes(client, "?since=\(timestamp)") == Answer(actions: [], timestamp: timestamp))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a follower hears of updates and deletes once, from the timestamp it was given`(
        _ database: TestDatabase
    ) async throws {
        try await PublishedRepository.with(database) { client, repository in
            let start = try await self.changes(client, "", status: .badRequest).timestamp
            try await repository.set("wp-plugin/akismet", "1")
            try await repository.publish()
            let first = try await self.changes(client, "?since=\(start)")
            #expect(first.news == ["update wp-plugin/akismet", "update wp-plugin/akismet~dev"])
            #expect(try await self.changes(client, "?since=\(first.timestamp)").news == [])
            let document = try await repository.store.document(at: "p2/wp-plugin/akismet.json")
            #expect(first.actions?.first?.time == document?.lastModifiedSeconds)

            try await repository.set("wp-plugin/akismet", nil)
            try await repository.publish()
            #expect(try await self.changes(client, "?since=\(first.timestamp)").news == ["delete wp-plugin/akismet"])
            #expect(try await self.changes(client, "?since=\(start)").news == ["delete wp-plugin/akismet"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a follower from before the feed's memory must read everything anew`(_ database: TestDatabase) async throws {
        try await PublishedRepository.with(database) { client, repository in
            let answer = try await self.changes(client, "?since=17000000000000")
            #expect(answer.news == ["resync *"])
            #expect(answer.timestamp == (try await repository.store.feedTimestamp()))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `feed, list and root are compressed whatever their size, and validated`(_ database: TestDatabase) async throws
    {
        try await PublishedRepository.with(database) { client, repository in
            try await repository.set("wp-plugin/akismet", "1")
            try await repository.publish()
            // That second is over.
            _ = try await repository.store.engine.write { session in
                try session.execute(
                    "UPDATE settings SET value = CAST(CAST(value AS BIGINT) - 100000 AS TEXT) WHERE key = 'feed_position'"
                )
            }
            let root = Blob(of: Array("{}".utf8))
            _ = try await repository.store.setRootDocument(path: "packages.json", content: root, run: 1)
            let timestamp = try await repository.store.feedTimestamp()
            for path in [
                "/packages.json", "/packages/list.json", "/metadata/changes.json?since=\(timestamp)",
                "/p2/wp-plugin/akismet.json",
            ] {
                let validators = try await client.execute(
                    uri: path,
                    method: .get,
                    headers: [.acceptEncoding: "deflate, gzip"]
                ) { response in
                    #expect(response.headers[.contentEncoding] == "gzip", "\(path)")
                    #expect(Array(response.body.readableBytesView.prefix(2)) == [0x1F, 0x8B])
                    #expect(response.headers[.vary] == "Accept-Encoding")
                    #expect(response.headers[.cacheControl]?.hasPrefix("public, ") == true)
                    return (try #require(response.headers[.eTag]), try #require(response.headers[.lastModified]))
                }
                for condition: HTTPFields in [[.ifNoneMatch: validators.0], [.ifModifiedSince: validators.1]] {
                    var headers = condition
                    headers[.acceptEncoding] = "gzip"
                    try await client.execute(uri: path, method: .get, headers: headers) { response in
                        #expect(response.status == .notModified, "\(path)")
                        #expect(response.headers[.lastModified] == validators.1)
                        #expect(response.headers[.contentEncoding] == nil)
                        #expect(response.body.readableBytes == 0)
                    }
                }
                try await client.execute(uri: path, method: .head) { response in
                    #expect(response.status == .ok, "\(path)")
                    #expect(response.headers[.contentEncoding] == nil)
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P24: who asks for feed or list by date hears of everything, also within a second`(
        _ database: TestDatabase
    ) async throws {
        try await PublishedRepository.with(database) { client, repository in
            let start = try await repository.store.feedTimestamp()
            let paths = ["/packages/list.json", "/metadata/changes.json?since=\(start)"]
            var dates: [String: String] = [:]
            for name in ["wp-plugin/akismet", "wp-plugin/hello-dolly", "wp-plugin/jetpack"] {
                try await repository.set(name, "1")
                try await repository.publish()
                for path in paths {
                    var headers: HTTPFields = [:]
                    headers[.ifModifiedSince] = dates[path]
                    dates[path] = try await client.execute(uri: path, method: .get, headers: headers) { response in
                        #expect(response.status == .ok)
                        #expect(String(buffer: response.body).contains(name))
                        return response.headers[.lastModified]
                    }
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `the list names what is published, by pattern, vendor and type`(_ database: TestDatabase) async throws {
        try await PublishedRepository.with(database) { client, repository in
            for name in ["wp-plugin/akismet", "wp-plugin/hello-dolly", "wp-theme/astra"] {
                try await repository.set(name, name)
            }
            try await repository.publish()
            try await repository.set("wp-plugin/not-yet", "1")
            let plugins = ["wp-plugin/akismet", "wp-plugin/hello-dolly"]
            for (query, names) in [
                ("", plugins + ["wp-theme/astra"]), ("?17000=1", plugins + ["wp-theme/astra"]),
                ("?vendor=wp-plugin", plugins), ("?vendor=WP-Theme", ["wp-theme/astra"]), ("?vendor=wp", []),
                ("?type=wordpress-theme", ["wp-theme/astra"]), ("?type=library", []),
                ("?filter=wp-plugin/*", plugins), ("?filter=*dolly", ["wp-plugin/hello-dolly"]),
                ("?filter=*%2Fa*", ["wp-plugin/akismet", "wp-theme/astra"]),
                ("?filter=WP-*/*S*T*", ["wp-plugin/akismet", "wp-theme/astra"]),
                ("?filter=akismet", []), ("?filter=wp-plugin/akismet", ["wp-plugin/akismet"]),
                ("?filter=*", plugins + ["wp-theme/astra"]),
                ("?filter=wp-plugin/akismet*t", []), ("?filter=a*&vendor=wp-plugin", []),
                ("?filter=*a*&vendor=wp-plugin&type=wordpress-plugin", ["wp-plugin/akismet"]),
            ] as [(String, [String])] {
                try await client.execute(uri: "/packages/list.json\(query)", method: .get) { response in
                    let answer = try JSONDecoder().decode(
                        [String: [String]].self,
                        from: Data(response.body.readableBytesView)
                    )
                    #expect(answer == ["packageNames": names], "\(query)")
                }
            }
            try await repository.set("wp-plugin/hello-dolly", nil)
            try await repository.publish()
            try await client.execute(uri: "/packages/list.json", method: .get) { response in
                #expect(
                    String(buffer: response.body)
                        == #"{"packageNames":["wp-plugin/akismet","wp-plugin/not-yet","wp-theme/astra"]}"#
                )
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `the list is whole and in order however many pages of the database it takes`(_ database: TestDatabase)
        async throws
    {
        try await PublishedRepository.with(database) { client, repository in
            let names = (10_000..<14_100).map { "wp-plugin/plugin-\($0)" } + ["wp-theme/last"]
            try await repository.store.announce(names.shuffled())
            for (query, expected) in [
                ("", names), ("?filter=*99*", names.filter { $0.contains("99") }), ("?vendor=none", []),
            ] {
                try await client.execute(uri: "/packages/list.json\(query)", method: .get) { response in
                    let answer = try JSONDecoder().decode(
                        [String: [String]].self,
                        from: Data(response.body.readableBytesView)
                    )
                    #expect(answer == ["packageNames": expected], "\(query)")
                }
            }
            let plain = try await client.execute(uri: "/packages/list.json", method: .get) {
                Array($0.body.readableBytesView)
            }
            try await client.execute(uri: "/packages/list.json", method: .get, headers: [.acceptEncoding: "gzip"]) {
                response in
                #expect(response.body.readableBytes < plain.count / 4)
                #expect(Gzip.decompressed(Array(response.body.readableBytesView), size: plain.count) == plain)
                #expect(response.headers[.eTag]?.hasPrefix("W/") == true)
            }
            for encoding in ["gzip", "identity"] {
                let headers: HTTPFields = [.acceptEncoding: encoding]
                let sent = try await client.execute(uri: "/packages/list.json", method: .get, headers: headers) {
                    $0.body.readableBytes
                }
                try await client.execute(uri: "/packages/list.json", method: .head, headers: headers) { response in
                    #expect(response.headers[.contentLength] == String(sent))
                    #expect(response.body.readableBytes == 0)
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a list parameter that is wrong is named`(_ database: TestDatabase) async throws {
        try await PublishedRepository.with(database) { client, _ in
            for (query, name) in [
                ("?vendor=a/b", "vendor"), ("?vendor=*", "vendor"), ("?type=a%20b", "type"),
                ("?filter=a%00", "filter"), ("?filter=\(String(repeating: "a", count: 201))", "filter"),
                ("?filter[]=a", "filter"), ("?vendor%5B%5D=a", "vendor"),
            ] {
                try await client.execute(uri: "/packages/list.json\(query)", method: .get) { response in
                    #expect(response.status == .badRequest, "\(query)")
                    #expect(String(buffer: response.body).contains("'\(name)' takes"), "\(query)")
                }
            }
        }
    }
}
