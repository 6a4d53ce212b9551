import Wire

/// What a root says of advisories, where documents have the section `security-advisories`.
///
/// Entries in documents may be partial, as Packagist's are: without ``advisoriesURL`` they would end every `composer
/// audit`, so that upstream's are not passed on without it. Composer since 2.7 ends with every command where there is
/// neither an address nor a list of names or patterns in the root.
package struct RootPolicies: Codable, Equatable, Sendable {
    /// Where `audit` asks, absolute: Composer before 2.7 asks at no other; nil where it reads documents.
    package var advisoriesURL: String?

    package init(advisoriesURL: String?) { self.advisoriesURL = advisoriesURL }

    /// Writes it as a member of a root, after a comma.
    func write(to json: inout JSONWriter) {
        json.append(raw: ",\"security-advisories\":{\"metadata\":true")
        if let url = self.advisoriesURL {
            json.append(raw: ",\"api-url\":")
            json.append(url)
        }
        json.append(raw: "}")
    }
}
