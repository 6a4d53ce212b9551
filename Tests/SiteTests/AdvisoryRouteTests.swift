import Facts
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Store
import TestSupport
import Testing

@testable import Site

/// `/api/security-advisories/`, as Packagist answers it.
@Suite struct AdvisoryRouteTests {
    private struct Answer: Decodable {
        struct Entry: Decodable, Equatable {
            var advisoryId: String
            var packageName: String
            var remoteId: String
            var affectedVersions: String
            var source: String
            var composerRepository: String
            var sources: [[String: String]]
        }
        struct Notice: Decodable, Equatable {
            var notice: String
            var license: String
        }
        var advisories: [String: [Entry]]
        var attribution: [Notice]?

        var ids: [String: [String]] { self.advisories.mapValues { $0.map(\.advisoryId) } }
    }

    private static let acme: SourceName = "acme"
    private static let settings = PageSettings(
        publicURL: "https://packages.example.org",
        sources: SourcePages.tested,
        version: "1.2.3",
        advisoryFeeds: [Self.acme, "other"]
    )
    private static let path = "/api/security-advisories/"

    /// A site with two advisories of one package, of which two feeds say one, and another package without any.
    private func with(
        _ database: TestDatabase,
        _ body: @escaping @Sendable (FilledSite) async throws -> Void
    ) async throws {
        try await FilledSite.with(database, settings: Self.settings) { site in
            try await site.store.takeIn(
                [
                    .test(
                        "A",
                        of: "wp-plugin/akismet",
                        affected: "<=1.0",
                        notices: #"[{"notice":"Acme","license":"Free"}]"#
                    ),
                    .test("B", of: "wp-plugin/akismet", affected: "<2.0"),
                    .test("C", of: "wp-plugin/nobody-has-it", affected: "*"),
                ],
                of: Self.acme
            )
            try await site.store.takeIn(
                [.test("A2", of: "wp-plugin/akismet", affected: "<=1.0", record: "record-A")],
                of: "other"
            )
            try await body(site)
        }
    }

    private func answer(_ response: TestResponse) throws -> Answer {
        #expect(response.status == .ok, "\(String(buffer: response.body))")
        #expect(response.headers[.contentType] == "application/json")
        return try JSONDecoder().decode(Answer.self, from: Data(response.body.readableBytesView))
    }

    private func post(_ form: String, _ site: FilledSite) async throws -> TestResponse {
        try await site.client.execute(
            uri: Self.path,
            method: .post,
            headers: [.contentType: "application/x-www-form-urlencoded"],
            body: ByteBuffer(string: form)
        ) { $0 }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P20: packages are asked about by name, in the address and in a form as Composer sends it`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { site in
            let expected = ["wp-plugin/akismet": ["A", "B"], "wp-plugin/hostile": []]
            let names = ["wp-plugin/Akismet", "wp-plugin/hostile", "no/such", "wp-plugin/nobody-has-it"]
            let inAddress = names.map { "packages[]=\($0)" }.joined(separator: "&")
            let got = try self.answer(try await site.page(Self.path + "?" + inAddress))
            #expect(got.ids == expected)
            // As http_build_query writes a list.
            let form = names.enumerated().map { "packages%5B\($0)%5D=\($1.replacing("/", with: "%2F"))" }
            #expect(try self.answer(try await self.post(form.joined(separator: "&"), site)).ids == expected)
            let mixed = try await site.client.execute(
                uri: Self.path + "?packages[]=wp-plugin/hostile",
                method: .post,
                body: ByteBuffer(string: "packages[]=wp-plugin/akismet")
            ) { $0 }
            #expect(try self.answer(mixed).ids == expected)
            #expect(try self.answer(try await site.page("/api/security-advisories?" + inAddress)).ids == expected)

            let entry = try #require(got.advisories["wp-plugin/akismet"]?.first)
            #expect(entry.packageName == "wp-plugin/akismet" && entry.affectedVersions == "<=1.0")
            #expect(entry.remoteId == "record-A" && entry.source == "Acme")
            #expect(entry.composerRepository == "https://packages.example.org")
            #expect(entry.sources == [["name": "Acme", "remoteId": "record-A"]])
            #expect(got.attribution == [Answer.Notice(notice: "Acme", license: "Free")])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `package URLs stand for names, and what can be no name is left out`(_ database: TestDatabase) async throws {
        try await self.with(database) { site in
            for name in [
                "pkg:composer/wp-plugin/akismet", "pkg://composer/wp-plugin/akismet",
                "pkg:composer/wp-plugin/akismet@1.0",
                "pkg%3Acomposer%2Fwp-plugin%2Fakismet%401.0%3Fa%3Db%23c",
            ] {
                let answer = try self.answer(try await site.page(Self.path + "?packages[]=" + name))
                #expect(answer.ids == ["wp-plugin/akismet": ["A", "B"]], "\(name)")
            }
            for name in [
                "akismet", "pkg:npm/akismet", "a/b/c", "%00/%00", "wp-plugin/%27", String(repeating: "a", count: 300),
            ] {
                let answer = try self.answer(try await site.page(Self.path + "?packages[]=" + name))
                #expect(answer.ids.isEmpty && answer.attribution == nil, "\(name)")
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what has changed since an instant is told by package, with all that each has`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { site in
            #expect(
                try self.answer(try await site.page(Self.path + "?updatedSince=0")).ids == [
                    "wp-plugin/akismet": ["A", "B"]
                ]
            )
            #expect(
                try self.answer(try await self.post("updatedSince=0", site)).ids == ["wp-plugin/akismet": ["A", "B"]]
            )
            let later = try await site.store.now() / 1_000 + 3_600
            #expect(try self.answer(try await site.page(Self.path + "?updatedSince=\(later)")).ids.isEmpty)
        }
    }

    @Test func `questions that are none are refused with what to ask instead`() async throws {
        try await self.with(.sqlite) { site in
            for (query, words) in [
                ("", "ask with 'packages[]="), ("?packages[]=", "ask with 'packages[]="),
                ("?packages[]=a/b&updatedSince=1", "not with both"), ("?updatedSince=yesterday", "seconds since 1970"),
                ("?updatedSince=-1", "seconds since 1970"),
                ("?updatedSince=99999999999999999999", "seconds since 1970"),
            ] {
                let answer = try await site.page(Self.path + query)
                #expect(answer.status == .badRequest, "\(query)")
                #expect(String(buffer: answer.body).contains(words), "\(query)")
            }
            #expect(try await self.post("", site).status == .badRequest)
            #expect(try await self.post("packages[]=a/b&updatedSince=1", site).status == .badRequest)
            let long = String(repeating: "packages[]=a/b&", count: 10_000)
            #expect(try await self.post(long, site).status == .contentTooLarge)
            let put = try await site.client.execute(uri: Self.path, method: .put) { $0 }
            #expect(put.status == .methodNotAllowed)
        }
    }

    @Test func `an answer has an ETag, and HEAD is answered like GET`() async throws {
        try await self.with(.sqlite) { site in
            let uri = Self.path + "?packages[]=wp-plugin/akismet"
            let answer = try await site.page(uri)
            let etag = try #require(answer.headers[.eTag])
            #expect(try await site.page(uri, [.ifNoneMatch: etag]).status == .notModified)
            let head = try await site.client.execute(uri: uri, method: .head) { $0 }
            #expect(head.status == .ok && head.headers[.eTag] == etag && head.body.readableBytes == 0)
            try await site.store.takeIn([.test("B", of: "wp-plugin/akismet", affected: "<2.0")], of: Self.acme)
            #expect(try await site.page(uri, [.ifNoneMatch: etag]).status == .ok)
        }
    }

    @Test func `conditions are for reading, and mean nothing with a form`() async throws {
        try await self.with(.sqlite) { site in
            for condition in [
                [.ifNoneMatch: "*"], [.ifModifiedSince: "Fri, 31 Dec 2100 00:00:00 GMT"],
            ] as [HTTPFields] {
                let answer = try await site.client.execute(
                    uri: Self.path,
                    method: .post,
                    headers: condition,
                    body: ByteBuffer(string: "packages[]=wp-plugin/akismet")
                ) { $0 }
                #expect(answer.status == .ok && answer.body.readableBytes > 0, "\(condition)")
            }
        }
    }

    @Test func `audits wait for each other, and for nothing else`() {
        for path in [Self.path, "/api/security-advisories"] { #expect(RequestKind(path: path) == .audit, "\(path)") }
    }

    @Test func `where no advisories are published there is no such address`() async throws {
        let settings = PageSettings(sources: SourcePages.tested, version: "1.2.3")
        try await FilledSite.with(.sqlite, settings: settings) { site in
            let answer = try await site.page(Self.path + "?packages[]=wp-plugin/akismet")
            #expect(answer.status == .notFound)
        }
    }
}
