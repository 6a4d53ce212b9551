import Wire

/// What a root says of advisories, and of the lists by which Composer 2.10 filters versions, where documents have the
/// sections `security-advisories` and `filter`.
///
/// Entries in documents may be partial, as Packagist's are: without ``advisoriesURL`` they would end every `composer
/// audit`, so that there are no policies without it.
package struct RootPolicies: Codable, Equatable, Sendable {
    /// Where `audit` asks, absolute: Composer before 2.7 asks at no other.
    package var advisoriesURL: String
    package var filter: Filter?

    package struct Filter: Codable, Equatable, Sendable {
        /// Those that are on.
        package var lists: [String]
        /// Absolute, like ``apiURL``.
        package var summaryURL: String?
        package var apiURL: String?

        package init(lists: [String], summaryURL: String?, apiURL: String?) {
            self.lists = lists
            self.summaryURL = summaryURL
            self.apiURL = apiURL
        }
    }

    package init(advisoriesURL: String, filter: Filter?) {
        self.advisoriesURL = advisoriesURL
        self.filter = filter
    }

    /// Writes both as members of a root, each after a comma.
    func write(to json: inout JSONWriter) {
        json.append(raw: ",\"security-advisories\":{\"metadata\":true,\"api-url\":")
        json.append(self.advisoriesURL)
        json.append(raw: "}")
        guard let filter else { return }
        json.append(raw: ",\"filter\":{\"metadata\":true,\"lists\":{")
        for (index, list) in filter.lists.enumerated() {
            if index > 0 { json.append(raw: ",") }
            json.append(list)
            json.append(raw: ":{\"enabled\":true}")
        }
        json.append(raw: "}")
        if let url = filter.summaryURL {
            json.append(raw: ",\"summary-url\":")
            json.append(url)
        }
        if let url = filter.apiURL {
            json.append(raw: ",\"api-url\":")
            json.append(url)
        }
        json.append(raw: "}")
    }
}
