import Wire

/// What a root says of advisories, where documents have the section `security-advisories`.
///
/// Entries in documents may be partial, as Packagist's are: without ``advisoriesURL`` they would end every `composer
/// audit`, so that there are no policies without it.
package struct RootPolicies: Codable, Equatable, Sendable {
    /// Where `audit` asks, absolute: Composer before 2.7 asks at no other.
    package var advisoriesURL: String

    package init(advisoriesURL: String) { self.advisoriesURL = advisoriesURL }

    /// Writes it as a member of a root, after a comma.
    func write(to json: inout JSONWriter) {
        json.append(raw: ",\"security-advisories\":{\"metadata\":true,\"api-url\":")
        json.append(self.advisoriesURL)
        json.append(raw: "}")
    }
}
