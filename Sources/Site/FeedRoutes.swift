import Composer
import HTTPTypes
package import Hummingbird
package import Store
import Wire

/// What mirrors follow: the change feed and the list of packages, as Packagist answers them.
package struct FeedRoutes: Sendable {
    private let store: Store
    private let list: PackageList

    package init(store: Store, settings: PageSettings) {
        self.store = store
        self.list = PackageList(store: store, settings: settings)
    }

    /// `/metadata/changes.json` and `/packages/list.json`, for GET and HEAD.
    package func add(to router: Router<some RequestContext>) {
        router.get("metadata/changes.json") { request, _ in try await self.changes(request) }
        router.get("packages/list.json") { request, _ in try await self.list.answer(to: request) }
    }

    // MARK: The feed

    private func changes(_ request: Request) async throws -> Response {
        guard let text = request.query["since"], let since = Self.position(text) else {
            return try await self.refusal(
                "Invalid or missing \"since\" query parameter, make sure you store the timestamp (in ten-thousandths "
                    + "of a second) and provide it as since next time.",
                timestamp: self.store.feedTimestamp(),
                to: request
            )
        }
        let feed = try await self.store.feed(since: since)
        var json = JSONWriter(reservingCapacity: 256)
        switch feed.answer {
        case .future:
            return try self.refusal(
                "\"since\" is later than this feed's timestamp: start again from the timestamp given here.",
                timestamp: feed.timestamp,
                to: request
            )
        case .resync:
            json.append(raw: "{\"actions\":[")
            Self.append(type: "resync", package: "*", time: feed.timestamp / 10_000, to: &json)
        case .actions(let actions):
            json = JSONWriter(reservingCapacity: 64 + 80 * actions.count)
            json.append(raw: "{\"actions\":[")
            for (index, action) in actions.enumerated() {
                if index > 0 { json.append(raw: ",") }
                Self.append(
                    type: action.kind.rawValue,
                    package: action.name,
                    time: action.secondsSince1970,
                    to: &json
                )
            }
        }
        json.append(raw: "],\"timestamp\":")
        json.append(feed.timestamp)
        json.append(raw: "}")
        return try Representation(json: json.bytes, date: FeedDate(feed.timestamp))
            .response(to: request)
    }

    /// A position that could be one: ten-thousandths of a second after 2001, in digits.
    private static func position(_ text: String) -> Int64? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let position = Int64(text),
            position >= 10_000_000_000_000
        else { return nil }
        return position
    }

    private static func append(type: String, package: String, time: Int64, to json: inout JSONWriter) {
        json.append(raw: "{\"type\":")
        json.append(type)
        json.append(raw: ",\"package\":")
        json.append(package)
        json.append(raw: ",\"time\":")
        json.append(time)
        json.append(raw: "}")
    }

    private func refusal(_ message: String, timestamp: Int64, to request: Request) throws -> Response {
        var json = JSONWriter(reservingCapacity: 256)
        json.append(raw: "{\"error\":")
        json.append(message)
        json.append(raw: ",\"timestamp\":")
        json.append(timestamp)
        json.append(raw: "}")
        return try Representation(
            json: json.bytes,
            status: .badRequest,
            date: FeedDate(timestamp)
        ).response(to: request)
    }
}
