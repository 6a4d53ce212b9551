import Facts
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@testable import Upstream
@testable import WordPress

@Suite struct SubversionRepositoryTests {
    /// A log report of these revisions, each with one path.
    static func report(_ revisions: some Sequence<Int64>) -> String {
        let items = revisions.map { revision in
            """
            <S:log-item><S:modified-path node-kind="file">/a/trunk/\(revision).php</S:modified-path>\
            <D:version-name>\(revision)</D:version-name></S:log-item>

            """
        }
        return LogReportParserTests.head + items.joined() + LogReportParserTests.tail
    }

    static let noSuchRevision = TestUpstream.Reaction.status(
        404,
        """
        <?xml version="1.0" encoding="utf-8"?>
        <D:error xmlns:D="DAV:" xmlns:m="http://apache.org/dav/xmlns" xmlns:C="svn:"><C:error/>
        <m:human-readable errcode="160006">No such revision 99</m:human-readable></D:error>
        """
    )

    /// The number between two tags of a request's body.
    static func number(_ name: String, in request: TestUpstream.Request) -> Int64? {
        guard let start = request.body.firstRange(of: "<S:\(name)>") else { return nil }
        return Int64(request.body[start.upperBound...].prefix { $0.isNumber })
    }

    /// A server with revisions up to `head` that answers log requests as it should.
    static func log(upTo head: Int64) -> @Sendable (TestUpstream.Request) -> TestUpstream.Reaction {
        { request in
            let start = Self.number("start-revision", in: request) ?? 0
            let limit = Self.number("limit", in: request) ?? 0
            guard start <= head else { return Self.noSuchRevision }
            return .ok(Self.report(start...min(head, start + limit - 1)))
        }
    }

    // MARK: The youngest revision

    @Test func `the youngest revision takes one request`() async throws {
        try await TestUpstream.with(script: { request in
            let asksRightly = request.method == .OPTIONS && request.body.contains("activity-collection-set")
            return .status(200, "<x/>", headers: asksRightly ? [("SVN-Youngest-Rev", "3483213")] : [])
        }) { connection in
            let youngest = try await connection.repository.youngestRevision()
            #expect(youngest == 3_483_213)
            #expect(connection.server.requests.map(\.uri) == ["/svn/"])
            #expect(connection.client.requestCount == 1)
            let headers = connection.server.requests.first?.headers
            #expect(headers?.first(name: "User-Agent") == "Packline/test (+https://example.org/contact)")
        }
    }

    @Test func `the youngest revision is asked for by HEAD, then by PROPFIND of the root alone`() async throws {
        try await TestUpstream.with(script: { request in
            switch request.method {
            case .HEAD: .status(200, headers: [("ETag", "W/\"41//-gzip\"")])
            default: .status(405)
            }
        }) { connection in
            let youngest = try await connection.repository.youngestRevision()
            #expect(youngest == 41)
            #expect(connection.server.requests.map(\.method) == [.OPTIONS, .HEAD])
        }
        try await TestUpstream.with(script: { request in
            switch request.method {
            case .HEAD: .status(200, headers: [("ETag", "\"5f-6123\"")])
            case .PROPFIND where request.headers.first(name: "Depth") == "0":
                .status(207, "<D:prop><lp1:version-name>17</lp1:version-name></D:prop>")
            default: .status(200)
            }
        }) { connection in
            let youngest = try await connection.repository.youngestRevision()
            #expect(youngest == 17)
            #expect(connection.server.requests.map(\.method) == [.OPTIONS, .HEAD, .PROPFIND])
        }
    }

    @Test func `a server that is no repository is a clear error`() async throws {
        try await TestUpstream.with(script: { _ in .ok("<html></html>") }) { connection in
            let error = await #expect(throws: UpstreamError.self) { try await connection.repository.youngestRevision() }
            #expect(error?.code == .unexpectedStatus)
            #expect(error?.description.contains("PROPFIND \(connection.url)/svn/") == true)
        }
    }

    // MARK: The log

    @Test func `the log is read up to its limit, and up to its end`() async throws {
        try await TestUpstream.with(script: Self.log(upTo: 25)) { connection in
            var revisions: [Int64] = []
            let first = try await connection.repository.readLog(from: 11, upTo: .max, limit: 10) {
                revisions.append($0.revision)
            }
            #expect(first.items == 10)
            #expect(first.highestRevision == 20)
            let second = try await connection.repository.readLog(from: 21, upTo: .max, limit: 10) {
                revisions.append($0.revision)
            }
            #expect(second.items == 5)
            #expect(revisions == Array(11...25))
            let third = try await connection.repository.readLog(from: 26, upTo: .max, limit: 10) {
                revisions.append($0.revision)
            }
            #expect(third == LogAnswer(isAtEnd: true))
            #expect(!first.isAtEnd && second.isAtEnd)
            #expect(connection.client.requestCount == 3)
            let request = connection.server.requests.first
            #expect(request?.method == .REPORT)
            #expect(request?.body.contains("<S:discover-changed-paths/><S:revprop>svn:date</S:revprop>") == true)
            #expect(request?.body.contains("end-revision") == false)
        }
    }

    @Test func `a report that breaks off is gone on with after the last whole item`() async throws {
        try await TestUpstream.with(script: { request in
            if request.number > 2 { return Self.log(upTo: 30)(request) }
            let start = Self.number("start-revision", in: request) ?? 0
            let whole = Array(Self.report(start...30).utf8)
            return .cut(body: Array(whole[..<(whole.count * 2 / 5)]))
        }) { connection in
            var revisions: [Int64] = []
            let answer = try await connection.repository.readLog(from: 1, upTo: .max, limit: 100) {
                revisions.append($0.revision)
            }
            #expect(revisions == Array(1...30))
            #expect(answer.items == 30)
            #expect(connection.client.requestCount == 3)
            let limits = connection.server.requests.map { Self.number("limit", in: $0) ?? 0 }
            #expect(limits[0] == 100 && limits[1] < 100 && limits[2] < limits[1])
        }
    }

    @Test func `a report that never gets its closing tag fails`() async throws {
        let cut = Self.report(1...3).dropLast(LogReportParserTests.tail.count)
        try await TestUpstream.with(script: { request in
            request.number == 1 ? .ok(String(cut)) : .ok(LogReportParserTests.head)
        }) { connection in
            var revisions: [Int64] = []
            let error = await #expect(throws: UpstreamError.self) {
                try await connection.repository.readLog(from: 1, upTo: .max, limit: 100) {
                    revisions.append($0.revision)
                }
            }
            #expect(error?.code == .truncated)
            #expect(revisions == [1, 2, 3])
            #expect(connection.client.requestCount == 4)
        }
    }

    @Test func `a stretch ends at the size limit, and the next one goes on after it`() async throws {
        try await TestUpstream.with(.forTests(maxAnswerBytes: 20_000), script: Self.log(upTo: 2_000)) { connection in
            var revisions: [Int64] = []
            var stretches: [LogAnswer] = []
            repeat {
                stretches.append(
                    try await connection.repository.readLog(from: (revisions.last ?? 0) + 1, upTo: .max, limit: 5_000) {
                        revisions.append($0.revision)
                    }
                )
            } while stretches.last?.isAtEnd == false
            #expect(revisions == Array(1...2_000))
            #expect(stretches.count > 2)
            #expect(stretches.allSatisfy { $0.items > 0 })
            #expect(connection.client.requestCount == stretches.count)
        }
    }

    @Test func `a stretch ends soon after its reader has enough`() async throws {
        try await TestUpstream.with(script: Self.log(upTo: 20_000)) { connection in
            var revisions: [Int64] = []
            let answer = try await connection.repository.readLog(
                from: 1,
                upTo: .max,
                limit: 20_000,
                isEnough: { revisions.count >= 100 }
            ) { revisions.append($0.revision) }
            #expect(revisions == Array(1...Int64(revisions.count)))
            #expect(revisions.count >= 100 && revisions.count < 10_000)
            #expect(!answer.isAtEnd)
        }
    }

    @Test func `a report that breaks off after its last item is not asked for without a limit`() async throws {
        let cut = Self.report(1...3).dropLast(LogReportParserTests.tail.count)
        try await TestUpstream.with(script: { request in
            request.number == 1 ? .cut(body: Array(cut.utf8)) : Self.log(upTo: 30)(request)
        }) { connection in
            var revisions: [Int64] = []
            let answer = try await connection.repository.readLog(from: 1, upTo: .max, limit: 3) {
                revisions.append($0.revision)
            }
            #expect(revisions == [1, 2, 3])
            #expect(!answer.isAtEnd)
            #expect(connection.server.requests.allSatisfy { (Self.number("limit", in: $0) ?? 0) > 0 })
        }
    }

    @Test func `P21: an item is read to its end, whatever its size`() async throws {
        let comment = "<S:log-item><D:comment>" + String(repeating: "x", count: 500_000) + "</D:comment>"
        let item = "<S:modified-path>/a/trunk/x</S:modified-path><D:version-name>5</D:version-name></S:log-item>"
        try await TestUpstream.with(
            .forTests(maxAnswerBytes: 20_000),
            script: { request in
                request.number == 1
                    ? .ok(LogReportParserTests.head + comment + item + LogReportParserTests.tail) : Self.noSuchRevision
            }
        ) { connection in
            var items: [LogItem] = []
            _ = try await connection.repository.readLog(from: 5, upTo: .max, limit: 10) { items.append($0) }
            #expect(items.map(\.revision) == [5])
            #expect(items.first?.paths.map(\.path) == ["/a/trunk/x"])
        }
    }

    private func read(_ revisions: [Int64], upTo bound: Int64 = .max) async throws -> (items: [LogItem], LogAnswer) {
        try await TestUpstream.with(.forTests(attempts: 1), script: { _ in .ok(Self.report(revisions)) }) {
            connection in
            var items: [LogItem] = []
            let answer = try await connection.repository.readLog(from: 5, upTo: bound, limit: 10) { items.append($0) }
            return (items, answer)
        }
    }

    @Test func `a report that is out of order as a whole is refused`() async throws {
        for revisions in [[4], [9, 8, 7], [4, 3, 2, 9]] as [[Int64]] {
            let error = await #expect(throws: UpstreamError.self) { try await self.read(revisions) }
            #expect(error?.code == .malformed, "\(revisions)")
        }
    }

    @Test func `P21: an item in the wrong place makes its packages due without facts, and the rest goes on`()
        async throws
    {
        let (items, answer) = try await self.read([6, 2, 8, 8, 9])
        #expect(items.map(\.revision) == [6, 7, 8, 9, 9])
        #expect(items.map(\.defect) == [nil, .damaged, nil, .damaged, nil])
        #expect(items[1].paths == [LogPath(path: "/a", action: .modified, isDirectory: true)])
        #expect(answer.highestRevision == 9)
    }

    @Test func `P21: more items than were asked for are left to the next stretch`() async throws {
        let (items, answer) = try await self.read(Array(5...30))
        #expect(items.map(\.revision) == Array(5...14))
        #expect(!answer.isAtEnd)
    }

    @Test func `P21: items above the bound are passed over and counted, up to the highest number there is`()
        async throws
    {
        let (items, answer) = try await self.read([5, 9_000_000_000_000_000_000, 6, .max, 8], upTo: 7)
        #expect(items.map(\.revision) == [5, 6])
        #expect(answer.highestRevision == 6)
        #expect(answer.unconfirmed == 3)
        #expect(answer.highestUnconfirmed == .max)
        #expect(answer.isAtEnd)
        // Without any bound nothing traps either.
        let (all, last) = try await self.read([5, .max])
        #expect(all.count == 2)
        #expect(last.highestRevision == .max)
    }

    @Test func `P21: a youngest revision that no repository has is none`() async throws {
        for number in ["9223372036854775807", "9000000000000000000", "99999999999999999999999", "-1"] {
            try await TestUpstream.with(script: { request in
                request.method == .OPTIONS
                    ? .status(200, headers: [("SVN-Youngest-Rev", number)])
                    : .status(200, headers: [("ETag", "\"41//\"")])
            }) { connection in
                let youngest = try await connection.repository.youngestRevision()
                #expect(youngest == 41, "\(number)")
            }
        }
    }

    @Test func `another 404 is an error, and an error of the reader passes through`() async throws {
        struct Mine: Error {}
        try await TestUpstream.with(script: { _ in .status(404, "<html>no</html>") }) { connection in
            let error = await #expect(throws: UpstreamError.self) {
                try await connection.repository.readLog(from: 5, upTo: .max, limit: 10) { _ in }
            }
            #expect(error?.status == 404)
            #expect(error?.isRetryable == false)
        }
        try await TestUpstream.with(script: Self.log(upTo: 9)) { connection in
            await #expect(throws: Mine.self) {
                try await connection.repository.readLog(from: 5, upTo: .max, limit: 10) { _ in throw Mine() }
            }
            #expect(connection.client.requestCount == 1)
        }
    }

    // MARK: The listing

    @Test func `the listing is read, and not read again while its ETag stands`() async throws {
        try await TestUpstream.with(script: { request in
            if request.headers.first(name: "If-None-Match") == "W/\"9//\"" { return .status(304) }
            return .ok(ListingParserTests.page, headers: [("ETag", "W/\"9//-gzip\"")])
        }) { connection in
            var names: [String] = []
            let answer = try await connection.repository.readListing(ifNoneMatch: nil) { names.append($0.name) }
            #expect(answer == .complete(position: Position("3483213"), etag: "W/\"9//\""))
            #expect(names == ListingParserTests.names)
            let again = try await connection.repository.readListing(ifNoneMatch: "W/\"9//\"") { names.append($0.name) }
            #expect(again == .notModified)
            #expect(names.count == 6)
        }
    }

    @Test func `P21: an ETag too long to be sent back is neither kept nor sent`() async throws {
        let long = "\"" + String(repeating: "x", count: 60_000) + "\""
        try await TestUpstream.with(script: { request in
            if request.headers.contains(name: "If-None-Match") { return .status(400) }
            return .ok(ListingParserTests.page, headers: [("ETag", String(long.prefix(1_025)))])
        }) { connection in
            let answer = try await connection.repository.readListing(ifNoneMatch: long) { _ in }
            #expect(answer == .complete(position: Position("3483213"), etag: nil))
        }
    }

    @Test func `a listing that says unchanged without having been asked is refused`() async throws {
        try await TestUpstream.with(.forTests(attempts: 1), script: { _ in .status(304) }) { connection in
            let error = await #expect(throws: UpstreamError.self) {
                try await connection.repository.readListing(ifNoneMatch: nil) { _ in }
            }
            #expect(error?.status == 304)
        }
    }

    @Test func `a listing that breaks off is not tried again once entries were handed on`() async throws {
        let page = Array(ListingParserTests.page.utf8)
        try await TestUpstream.with(script: { request in
            switch request.number {
            case 1: .hangUp
            case 2: .status(503)
            case 3: .cut(body: Array(page[..<300]))
            default: .ok(ListingParserTests.page)
            }
        }) { connection in
            var names: [String] = []
            let error = await #expect(throws: UpstreamError.self) {
                try await connection.repository.readListing(ifNoneMatch: nil) { names.append($0.name) }
            }
            #expect(error?.code == .truncated)
            #expect(error?.isRetryable == true)
            #expect(connection.client.requestCount == 3)
            #expect(names.first == "akismet")
        }
    }

    @Test func `a listing over the size limit is refused`() async throws {
        try await TestUpstream.with(.forTests(maxAnswerBytes: 100), script: { _ in .ok(ListingParserTests.page) }) {
            connection in
            let error = await #expect(throws: UpstreamError.self) {
                try await connection.repository.readListing(ifNoneMatch: nil) { _ in }
            }
            #expect(error?.code == .tooLarge)
        }
    }

    @Test(
        arguments: [
            ("W/\"200//\"", 200), ("\"200//\"", 200), ("W/\"7/trunk/x-gzip\"", 7), ("\"abc\"", nil), ("W/\"//\"", nil),
            ("", nil),
        ] as [(String, Int64?)]
    )
    func `a revision is found in an ETag, or nothing is`(etag: String, revision: Int64?) {
        #expect(SubversionRepository.revision(etag: etag) == revision)
    }
}
