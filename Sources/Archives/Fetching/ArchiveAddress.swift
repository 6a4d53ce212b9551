import FoundationEssentials

/// The URL of an archive, and whose it is.
package struct ArchiveAddress: Equatable, Sendable {
    /// Services whose answers have a meaning of their own.
    enum Service: Equatable {
        case gitHub, codeload, gitLab, bitbucket, other
    }

    private static let maxBytes = 4_096

    package let text: String
    /// `https://HOST`, with `:PORT` where that is not the usual one, in lower case.
    package let origin: String
    /// The same with the path, and without a slash at the end.
    let place: String
    let service: Service
    /// Below whose API this is.
    private let gitHub: GitHub?

    /// - Parameter gitHubs: Those whose addresses have a meaning.
    /// - Throws: ``ArchiveError`` with `refused` for what is no http or https URL, or has a user in it.
    package init(_ text: String, gitHubs: [GitHub] = [.com]) throws(ArchiveError) {
        guard text.utf8.count <= Self.maxBytes, let url = URL(string: text)?.absoluteURL,
            let scheme = url.scheme?.lowercased(), scheme == "http" || scheme == "https",
            let host = url.host()?.lowercased(), !host.isEmpty, (1...65_535).contains(url.port ?? 443)
        else { throw ArchiveError(.refused, url: text, "this is no http or https URL") }
        // It is not a credential that anybody has configured, and would get into logs.
        guard url.user() == nil, url.password() == nil else {
            throw ArchiveError(.refused, url: text, "the URL has credentials in it, which belong into the settings")
        }
        let port = url.port.flatMap { $0 == (scheme == "https" ? 443 : 80) ? nil : ":\($0)" } ?? ""
        self.text = url.absoluteString
        self.origin = "\(scheme)://\(host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host)\(port)"
        let path = url.path(percentEncoded: true)
        let place = self.origin + (path.hasSuffix("/") ? path.dropLast() : path[...])
        self.place = place
        self.gitHub = gitHubs.first { place.hasPrefix($0.api + "/") }
        let isCodeload = gitHubs.contains { $0.codeload.map { place.hasPrefix($0 + "/") } ?? false }
        self.service =
            self.gitHub != nil ? .gitHub : isCodeload ? .codeload : Self.service(origin: self.origin, path: path)
    }

    private static func service(origin: String, path: String) -> Service {
        if ["https://bitbucket.org", "https://www.bitbucket.org"].contains(origin) { return .bitbucket }
        // GitLab is on hosts of any name: `/api/v4/projects/ID/repository/archive.zip?sha=REF`, and what it names as a
        // Composer repository: `/api/v4/projects/ID/packages/composer/archives/NAME.zip?sha=REF`.
        let isArchive = path.contains("/repository/archive.") || path.contains("/packages/composer/archives/")
        return isArchive ? .gitLab : .other
    }

    /// Where GitHub's API leads to: the same bytes, without a request that counts against its limit.
    ///
    /// Of `api.github.com/repos/OWNER/NAME/zipball/REF`; nil for anything else, and where that is not asked by itself.
    /// Unofficial (composer/composer#4737).
    var behindGitHubAPI: ArchiveAddress? {
        guard let gitHub, let codeload = gitHub.codeload, !self.text.contains("?"), !self.text.contains("#"),
            !self.text.hasSuffix("/")
        else { return nil }
        let path = self.place.dropFirst(gitHub.api.count).split(separator: "/", omittingEmptySubsequences: false)
        guard path.count >= 6, path[0].isEmpty, path[1] == "repos", path[2...].allSatisfy({ !$0.isEmpty }) else {
            return nil
        }
        let form: String
        switch path[4] {
        case "zipball": form = "legacy.zip"
        case "tarball": form = "legacy.tar.gz"
        default: return nil
        }
        let reference = path[5...].joined(separator: "/")
        return try? ArchiveAddress("\(codeload)/\(path[2])/\(path[3])/\(form)/\(reference)", gitHubs: [gitHub])
    }

    /// What is asked, and what is asked where that has nothing.
    ///
    /// With a token GitHub's API is asked, which knows private repositories. Without one the public one allows 60 requests
    /// an hour (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api) and is only asked where
    /// codeload knows nothing, as after a rename.
    func route(hasCredential: Bool) -> (first: ArchiveAddress, then: ArchiveAddress?) {
        if !hasCredential, let direct = self.behindGitHubAPI { return (direct, self) }
        return (self, nil)
    }
}
