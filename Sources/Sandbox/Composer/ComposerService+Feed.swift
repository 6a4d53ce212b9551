import HTTPTypes
import NIOCore

extension ComposerService {
    /// `metadata/changes.json`, by Packagist's contract or with a fault of it.
    func feed(_ exchange: Exchange) -> Reply {
        let since = exchange.parsedTarget.query.last { $0.name == "since" }.flatMap { Int64($0.value) }
        return self.world.withState { state in
            let fault = state.nextFeedFault()
            let timestamp = state.feed.newest + 1
            guard let since, since >= ComposerFeed.smallestSince else {
                var json: [UInt8] = []
                json.append(
                    "{\"error\":\"Invalid or missing \\\"since\\\" query parameter, make sure you store the timestamp at the initial point you started mirroring, then send that to begin receiving changes, e.g. "
                        as StaticString
                )
                json.append("\(self.url)/metadata/changes.json?since=\(timestamp) for example.\"," as String)
                Self.appendTimestamp(timestamp, fault, &json)
                return Reply(status: .badRequest, contentType: Self.json, json)
            }
            var json = Array("{\"actions\":[".utf8)
            var asked = since
            if fault == .repeats { asked = state.now - ComposerFeed.retention }
            if fault == .oddActions { json.append(Self.oddActions) }
            if fault != .restarted {
                if fault != .resync, let actions = state.feed.actions(since: asked, now: state.now) {
                    var needsComma = fault == .oddActions
                    for action in actions {
                        if needsComma { json.append("," as StaticString) }
                        needsComma = true
                        json.append(
                            (action.isDelete
                                ? "{\"type\":\"delete\",\"package\":\"" : "{\"type\":\"update\",\"package\":\"")
                                as StaticString
                        )
                        json.append(state.name(action.key / 2))
                        json.append((action.key % 2 == 1 ? "~dev\",\"time\":" : "\",\"time\":") as StaticString)
                        json.append(Int(action.time / 10_000))
                        json.append("}" as StaticString)
                    }
                } else {
                    if fault == .oddActions { json.append("," as StaticString) }
                    json.append("{\"type\":\"resync\",\"time\":\(timestamp / 10_000),\"package\":\"*\"}" as String)
                }
            }
            json.append("]," as StaticString)
            Self.appendTimestamp(timestamp, fault, &json)
            return Reply(contentType: Self.json, json)
        }
    }

    private static let oddActions: StaticString = """
        {"type":"update","time":1},{"type":"update","package":null,"time":1},{"type":"update","package":"","time":-1},\
        {"type":"delete","package":"no-vendor","time":1},{"type":"update","package":"../../etc/passwd","time":1},\
        {"type":"delete","package":"*","time":1},{"type":"rename","package":"a/b","time":1},{"package":"a/b"},\
        {"type":"update","package":["a/b"],"time":"soon"},"update",null
        """

    private static func appendTimestamp(_ timestamp: Int64, _ fault: ComposerFeedFault?, _ json: inout [UInt8]) {
        json.append("\"timestamp\":" as StaticString)
        switch fault {
        case .restarted: json.append(Int(ComposerFeed.smallestSince + 1))
        case .jumpsBack(let units): json.append(String(timestamp.subtractingReportingOverflow(units).partialValue))
        case .timestamp(let text): json.append(text)
        default: json.append(Int(timestamp))
        }
        json.append("}" as StaticString)
    }

    /// `packages/list.json`.
    func list() -> Reply {
        var json = Array("{\"packageNames\":[".utf8)
        for (index, name) in self.world.withState({ $0.listedNames() }).enumerated() {
            json.append((index == 0 ? "\"" : ",\"") as StaticString)
            json.append(name)
            json.append("\"" as StaticString)
        }
        json.append("]}" as StaticString)
        return Reply(contentType: Self.json, json)
    }
}

extension ComposerWorld.State {
    /// The fault that strikes an answer of the feed, if one does.
    mutating func nextFeedFault() -> ComposerFeedFault? {
        guard let (fault, times) = self.feedFaults.first else { return nil }
        if let times {
            if times <= 1 { self.feedFaults.removeFirst() } else { self.feedFaults[0].times = times - 1 }
            if times <= 0 { return self.nextFeedFault() }
        }
        return fault
    }

    /// What a listing says: every second one may lack some.
    mutating func listedNames() -> [String] {
        self.listingsServed += 1
        let lacking = self.listingsServed % 2 == 0 ? UInt64(self.listingLacksPercent) : 0
        return self.live.filter { self.catalogue.random($0, 11) % 100 >= lacking }.map { self.name($0) }.sorted()
    }
}
