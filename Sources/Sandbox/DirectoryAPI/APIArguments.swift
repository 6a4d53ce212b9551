/// The arguments of an API request, flat (`slug=x`) or wrapped (`request[slug]=x`), as PHP would see them.
///
/// Where one is wrapped, flat ones do not count, the action aside.
struct APIArguments: Sendable {
    var action = ""
    /// Single values, by name.
    private var values: [String: String] = [:]
    /// nil when no such argument was sent.
    private(set) var slugs: [String]?
    private(set) var fieldList: [String] = []
    private(set) var fieldValues: [(name: String, value: String)] = []

    init(query: [(name: String, value: String)]) {
        let isWrapped = query.contains { $0.name == "request" || $0.name.hasPrefix("request[") }
        for (name, value) in query {
            var parts = name.split(separator: "[", omittingEmptySubsequences: false).map { part in
                part.hasSuffix("]") ? String(part.dropLast()) : String(part)
            }
            if isWrapped, name != "action" {
                guard parts.first == "request", parts.count > 1 else { continue }
                parts.removeFirst()
            }
            self.take(parts, value)
        }
    }

    private mutating func take(_ parts: [String], _ value: String) {
        switch parts.first ?? "" {
        case "action":
            self.action = value
        case "slugs":
            let slugs = parts.count > 1 ? [value] : Self.split(value)
            self.slugs = (self.slugs ?? []) + slugs
        case "fields":
            if parts.count > 1, !parts[1].isEmpty, Int(parts[1]) == nil {
                self.fieldValues.append((parts[1], value))
            } else {
                self.fieldList += Self.split(value)
            }
        case let name:
            if parts.count == 1 { self.values[name] = value }
        }
    }

    private static func split(_ text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map { $0[...].trimmingWhitespace() }
    }

    subscript(name: String) -> String? { self.values[name] }

    func number(_ name: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        min(max(self.values[name].flatMap { Int($0) } ?? fallback, range.lowerBound), range.upperBound)
    }
}
