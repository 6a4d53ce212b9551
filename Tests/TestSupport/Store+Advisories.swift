package import Facts
package import Store

extension AdvisoryRecord {
    /// What a feed says of a Composer name.
    ///
    /// - Parameter members: More members of the entry, each with a comma before it.
    package static func test(
        _ id: String,
        of name: String,
        affected: String,
        title: String = "Something is wrong",
        members: String = #","severity":"high""#,
        record: String? = nil,
        notices: String? = nil
    ) -> Self {
        let body = """
            {"advisoryId":"\(id)","title":"\(title)","affectedVersions":"\(affected)","reportedAt":"2026-08-22 10:00:00",\
            "sources":[{"name":"Acme","remoteId":"record-\(id)"}]\(members)}
            """
        return Self(
            subject: .name(name),
            id: id,
            record: record ?? "record-\(id)",
            body: Array(body.utf8),
            notices: notices.map { Array($0.utf8) }
        )
    }
}

extension Store {
    /// Takes in all that a feed has.
    package func takeIn(_ records: [AdvisoryRecord], of feed: SourceName) async throws {
        let run = try await self.beginRun(.discover, worker: "test", version: "1.2.3")
        _ = try await self.leaseAdvisoryFeed(feed, run: run, leaseMilliseconds: 86_400_000, period: 0)
        _ = try await self.takeIn(
            records,
            of: feed,
            scope: .everything,
            limit: nil,
            joins: false,
            run: run,
            leaseMilliseconds: 86_400_000
        )
        try await self.releaseAdvisoryFeed(feed, .well, run: run)
        try await self.finishRun(run, as: .succeeded, counters: [:])
    }

    /// Has upstream close packages.
    package func close(_ name: String, on date: String?, reason: String?) async throws {
        _ = try await self.engine.write { session in
            try session.execute(
                """
                UPDATE packages SET state = 'closed', closed_date = \(.text(date)), closed_reason = \(.text(reason))
                WHERE name = \(name)
                """
            )
        }
    }
}
