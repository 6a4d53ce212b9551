import NIOHTTP1

extension SubversionRepository {
    /// Hands the log items from revision `start` on, in ascending order, to `onItem`: a stretch that ends after `limit`
    /// items, at the size limit for streamed answers, or soon after `isEnough` says so, whichever comes first.
    ///
    /// Nothing but one item and a piece of the body is held. A report that breaks off is asked for again from the
    /// revision after the last whole item, as often as the retry policy says; `onItem` never gets an item twice.
    ///
    /// - Parameter isEnough: Asked after each piece of the body that completed an item.
    /// - Returns: What was read: nothing, and that the log ends there, when `start` lies beyond the newest revision.
    /// - Throws: ``UpstreamError``, `truncated` when the closing tag never came; or what `onItem` throws. Items that
    ///   `onItem` got before are true all the same.
    package func readLog(
        from start: Int64,
        limit: Int,
        isEnough: () -> Bool = { false },
        onItem: (LogItem) throws -> Void
    ) async throws -> LogAnswer {
        var answer = LogAnswer()
        guard limit > 0 else { return answer }
        // The request is made anew for each try, from where the one before has come to.
        try await self.client.send(self.logRequest(from: start, limit: limit, after: answer)) { reply in
            try await self.readReport(
                reply,
                from: start,
                limit: limit,
                into: &answer,
                isEnough: isEnough,
                onItem: onItem
            )
        }
        return answer
    }

    private func logRequest(from start: Int64, limit: Int, after answer: LogAnswer) -> UpstreamRequest {
        let next = answer.highestRevision.map { $0 + 1 } ?? start
        // An end that is left out is the youngest revision: one beyond it would be refused. Of the properties only
        // the date is asked for, because comments make up most of a report.
        return UpstreamRequest(
            method: .REPORT,
            url: "\(self.url)/!svn/bc/0/",
            headers: [("Content-Type", "text/xml")],
            body: """
                <S:log-report xmlns:S="svn:"><S:start-revision>\(next)</S:start-revision>\
                <S:limit>\(max(1, limit - answer.items))</S:limit><S:discover-changed-paths/>\
                <S:revprop>svn:date</S:revprop></S:log-report>
                """
        )
    }

    private func readReport(
        _ reply: UpstreamAnswer,
        from start: Int64,
        limit: Int,
        into answer: inout LogAnswer,
        isEnough: () -> Bool,
        onItem: (LogItem) throws -> Void
    ) async throws {
        // A report that broke off after its last item lacks nothing.
        guard answer.items < limit else { return }
        if reply.status == .notFound, try await self.saysNoSuchRevision(reply) {
            answer.isAtEnd = true
            return
        }
        guard reply.status == .ok else { throw reply.unexpectedStatus(expected: "200") }
        var parser = LogReportParser(label: reply.label)
        let bytesBefore = answer.bytes
        let mostBytes = self.client.configuration.maxAnswerBytes
        var isLeft = false
        try await reply.forEachChunk { chunk in
            let itemsBefore = answer.items
            try parser.read(chunk) { item in
                guard item.revision > (answer.highestRevision ?? (start - 1)), answer.items < limit else {
                    throw reply.label.error(
                        .malformed,
                        "the report has revision \(item.revision) after \(answer.items) of \(limit) items from \(start) "
                            + "on: out of order, or more than was asked for",
                        isRetryable: true
                    )
                }
                try onItem(item)
                answer.highestRevision = item.revision
                answer.items += 1
            }
            answer.bytes = bytesBefore + parser.bytes
            guard !parser.isComplete else { return true }
            if answer.items == 0, answer.bytes > mostBytes {
                throw reply.label.error(
                    .tooLarge,
                    "the item after revision \(answer.highestRevision ?? (start - 1)) alone has more than "
                        + "\(mostBytes) bytes",
                    isRetryable: false
                )
            }
            isLeft = answer.items > itemsBefore && isEnough() || answer.items > 0 && answer.bytes > mostBytes
            return !isLeft
        }
        guard !isLeft else { return }
        try parser.finish()
        answer.isAtEnd = answer.items < limit
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
