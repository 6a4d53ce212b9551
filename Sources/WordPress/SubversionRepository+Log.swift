import NIOHTTP1
import Upstream
import Wire

extension SubversionRepository {
    /// Hands the log items from revision `start` on, in ascending order, to `onItem`: a stretch that ends after `limit`
    /// items, at the size limit for streamed answers, or soon after `isEnough` says so, whichever comes first.
    ///
    /// Nothing but one item and a piece of the body is held. A report that breaks off is asked for again from the
    /// revision after the last whole item, as often as the retry policy says; `onItem` never gets a revision twice.
    ///
    /// What stands in the wrong place of an otherwise orderly report, or has no readable revision, is handed on without
    /// facts, as of the revision after the one before it. What is above `bound` is passed over and counted.
    ///
    /// - Parameters:
    ///   - bound: The youngest revision as another request told it.
    ///   - isEnough: Asked after each piece of the body that completed an item.
    /// - Returns: What was read: nothing, and that the log ends there, when `start` lies beyond the newest revision.
    /// - Throws: ``UpstreamError``, `truncated` when the closing tag never came; or what `onItem` throws. Items that
    ///   `onItem` got before are true all the same.
    package func readLog(
        from start: Int64,
        upTo bound: Int64,
        limit: Int,
        isEnough: () -> Bool = { false },
        onItem: (LogItem) throws -> Void
    ) async throws -> LogAnswer {
        var stretch = LogStretch(start: start, bound: bound, limit: limit)
        guard limit > 0 else { return stretch.answer }
        // The request is made anew for each try, from where the one before has come to.
        try await self.client.send(self.logRequest(stretch)) { reply in
            try await self.readReport(reply, into: &stretch, isEnough: isEnough, onItem: onItem)
        }
        return stretch.answer
    }

    private func logRequest(_ stretch: LogStretch) -> UpstreamRequest {
        // An end that is left out is the youngest revision: one beyond it would be refused. Of the properties only
        // the date is asked for, because comments make up most of a report.
        return UpstreamRequest(
            method: .REPORT,
            url: "\(self.url)/!svn/bc/0/",
            headers: [("Content-Type", "text/xml")],
            body: """
                <S:log-report xmlns:S="svn:"><S:start-revision>\(stretch.next)</S:start-revision>\
                <S:limit>\(max(1, stretch.limit - stretch.answer.items))</S:limit><S:discover-changed-paths/>\
                <S:revprop>svn:date</S:revprop></S:log-report>
                """,
            length: .streamed
        )
    }

    private func readReport(
        _ reply: UpstreamAnswer,
        into stretch: inout LogStretch,
        isEnough: () -> Bool,
        onItem: (LogItem) throws -> Void
    ) async throws {
        // A report that broke off after its last item lacks nothing.
        guard stretch.answer.items < stretch.limit else { return }
        if reply.status == .notFound, try await self.saysNoSuchRevision(reply) {
            stretch.answer.isAtEnd = true
            return
        }
        guard reply.status == .ok else { throw reply.unexpectedStatus(expected: "200") }
        var parser = LogReportParser(label: reply.label)
        let bytesBefore = stretch.answer.bytes
        let mostBytes = self.client.configuration.maxAnswerBytes
        var isLeft = false
        try await reply.forEachChunk { chunk in
            let itemsBefore = stretch.answer.items
            try parser.read(chunk) { try stretch.take($0, reply.label, onItem) }
            stretch.answer.bytes = bytesBefore + parser.bytes
            let answer = stretch.answer
            // An item is read to its end, whatever its size: left, it would be asked for again for ever.
            isLeft =
                !parser.isComplete
                && (answer.items > itemsBefore && isEnough() || answer.items > 0 && answer.bytes > mostBytes)
            return !isLeft
        }
        guard !isLeft else { return }
        try parser.finish()
        try stretch.finish(reply.label)
    }

    /// A start beyond the newest revision is answered as an error, by number.
    private func saysNoSuchRevision(_ reply: UpstreamAnswer) async throws -> Bool {
        let body = try await reply.collect(upTo: 1 << 20)
        guard body.span.firstIndex(of: #"errcode="160006""#, from: 0) != nil else {
            throw reply.unexpectedStatus(expected: "200")
        }
        return true
    }
}
