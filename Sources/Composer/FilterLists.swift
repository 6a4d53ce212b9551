import Wire

/// What a root says of the lists by which Composer 2.10 filters versions, where documents have the section `filter`.
package struct FilterLists: Equatable, Sendable {
    /// Those that name anything.
    package var names: [String]
    /// Where ``FilterSummary`` is, as a root writes addresses.
    package var summaryURL: String

    package init(names: [String], summaryURL: String) {
        self.names = names
        self.summaryURL = summaryURL
    }

    /// Writes it as a member of a root, after a comma.
    func write(to json: inout JSONWriter) {
        json.append(raw: ",\"filter\":{\"metadata\":true,\"lists\":{")
        for (index, name) in self.names.enumerated() {
            if index > 0 { json.append(raw: ",") }
            json.append(name)
            json.append(raw: ":{\"enabled\":true}")
        }
        json.append(raw: "},\"summary-url\":")
        json.append(self.summaryURL)
        json.append(raw: "}")
    }
}
