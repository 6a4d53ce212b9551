import CPostgres

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A question that is not waited for longer than one can.
extension PostgresConnection {
    /// - Parameter statement: Where it has no values, its columns are texts only.
    /// - Returns: nil where the answer is overdue: nothing else can be asked until ``dropOverdue()`` has dropped it.
    /// - Throws: ``StoreError``.
    func rows(_ statement: SQLStatement, within patience: Duration) throws -> [SQLRow]? {
        let end = ContinuousClock.now + patience
        let (text, values) = statement.rendered(for: .postgres)
        // Without values there is a shorter way, which takes the server half of the time for a small question.
        let sent =
            values.isEmpty
            ? PQsendQuery(self.handle, text)
            : PostgresParameters(values).with { parameters in
                PQsendQueryParams(
                    self.handle,
                    text,
                    Int32(parameters.count),
                    nil,
                    parameters.values,
                    parameters.lengths,
                    parameters.formats,
                    1
                )
            }
        try self.send(sent, text)
        var rows: [SQLRow] = []
        while try self.hasArrived(by: end) {
            guard let result = PQgetResult(self.handle) else { return rows }
            defer { PQclear(result) }
            try self.check(result, text)
            rows = try Self.rows(result)
        }
        return nil
    }

    /// Without waiting.
    ///
    /// - Returns: Whether the whole of it had come.
    /// - Throws: ``StoreError``, where nothing more will come.
    func dropOverdue() throws -> Bool {
        while try self.hasArrived(by: .now) {
            guard let result = PQgetResult(self.handle) else { return true }
            PQclear(result)
        }
        return false
    }

    /// Whether a result, or the end of them, can be had without waiting any more.
    private func hasArrived(by end: ContinuousClock.Instant) throws -> Bool {
        while PQisBusy(self.handle) == 1 {
            var socket = pollfd(fd: PQsocket(self.handle), events: Int16(POLLIN), revents: 0)
            let left = ContinuousClock.now.duration(to: end) / .milliseconds(1)
            switch poll(&socket, 1, Int32(min(max(0, left.rounded(.up)), 1_000))) {
            case 0: if left <= 1_000 { return false }
            case -1 where errno != EINTR: throw self.failure("")
            case -1: break
            default: if PQconsumeInput(self.handle) != 1 { throw self.failure("") }
            }
        }
        return true
    }
}
