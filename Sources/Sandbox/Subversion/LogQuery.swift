/// What a `log-report` asks for.
struct LogQuery: Sendable {
    var start: Int
    var end: Int
    /// 0: no limit.
    var limit: Int
    var showsPaths: Bool
    /// nil: all properties of the revisions.
    var properties: Set<String>?
    /// Comments that XML cannot hold are sent in base64, not with `?\ooo` in place of the forbidden bytes.
    var encodesBinary: Bool
    /// Only revisions that touched something at or under this path; `/` means all.
    var path: String

    /// A bound that is left out means the youngest revision.
    init(elements: [DAVRequest.Element], path: String, youngest: Int) {
        func number(_ name: String) -> Int? { elements.first { $0.name == name }.flatMap { Int($0.text) } }
        let names = Set(elements.map(\.name))
        self.start = number("start-revision") ?? youngest
        self.end = number("end-revision") ?? youngest
        self.limit = max(0, number("limit") ?? 0)
        self.showsPaths = names.contains("discover-changed-paths")
        self.encodesBinary = names.contains("encode-binary-props")
        if names.contains("no-revprops") {
            self.properties = []
        } else if names.contains("revprop") {
            self.properties = Set(elements.filter { $0.name == "revprop" }.map(\.text))
        }
        let trimmed = path.split(separator: "/").joined(separator: "/")
        self.path = "/" + trimmed
    }

    /// The first bound that no revision has; upstream refuses the whole report then.
    func boundBeyond(_ youngest: Int) -> Int? {
        [self.start, self.end].first { $0 > youngest || $0 < 0 }
    }

    func wants(_ property: String) -> Bool { self.properties?.contains(property) ?? true }
}
