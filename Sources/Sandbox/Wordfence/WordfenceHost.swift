import HTTPTypes
import Synchronization

/// An imitated Wordfence Intelligence: one object of all records, for those who have the key, once in a while.
package final class WordfenceHost: Sendable {
    private struct State: Sendable {
        var records: [String: SandboxVulnerability] = [:]
        var key = "sandbox-key"
        /// Seconds between two answers.
        var pause: Int64 = 1_800
        var next: Int64 = 0
    }

    static let path = "/api/intelligence/v3/vulnerabilities/production"

    private let state = Mutex(State())

    /// Adds a record, or changes the one of its id.
    package func publish(_ record: SandboxVulnerability) {
        self.state.withLock { $0.records[record.id] = record }
    }

    package func withdraw(_ id: String) { self.state.withLock { $0.records[id] = nil } }

    /// Which key is known, and how long to wait between two requests; what was asked before is forgotten.
    package func accept(key: String, pauseSeconds: Int64) {
        self.state.withLock { state in
            (state.key, state.pause, state.next) = (key, pauseSeconds, 0)
        }
    }

    func reply(to exchange: Exchange, nowSeconds: Int64) -> Reply {
        let type = "application/json"
        let authorization = exchange.headers[.authorization]
        return self.state.withLock { state in
            guard authorization == "Bearer \(state.key)" else {
                return Reply(status: .unauthorized, contentType: type, "{\"error\":\"Unauthorized\"}")
            }
            guard nowSeconds >= state.next else {
                var reply = Reply(status: .tooManyRequests, contentType: type, "{\"error\":\"Too many requests\"}")
                reply.headers[.retryAfter] = "\(state.next - nowSeconds)"
                return reply
            }
            state.next = nowSeconds + state.pause
            var json = Array("{".utf8)
            for (index, id) in state.records.keys.sorted().enumerated() {
                if index > 0 { json.append("," as StaticString) }
                state.records[id]?.append(to: &json)
            }
            json.append("}" as StaticString)
            return Reply(contentType: type, json)
        }
    }
}
