/// What a path of the imitated GitHub is for.
struct GitHubAddress: Sendable {
    enum Kind: Sendable, Equatable {
        /// `/repos/OWNER/NAME/zipball/REF` of the API.
        case zipball(repository: String, reference: String)
        /// `/repositories/ID/zipball/REF` of the API, where the old name of a repository leads to.
        case byNumber(Int, reference: String)
        /// `/OWNER/NAME/legacy.zip/REF` of codeload.
        case archive(repository: String, reference: String)
        case other
    }

    static let apiMount = "/github"
    static let codeloadMount = "/codeload"
    static let apiHost = "api.github.com"
    static let codeloadHost = "codeload.github.com"

    let kind: Kind
    let isAPI: Bool
    /// With what follows the name of the host, where the request was to the real names; nil below the mounts.
    let port: String?

    /// - Parameters:
    ///   - host: What was asked for, with its port.
    ///   - path: Decoded.
    /// - Returns: nil for what is not GitHub's.
    init?(host: String, path: String) {
        let name = host.prefix { $0 != ":" }
        if name == Self.apiHost || name == Self.codeloadHost {
            self.init(path: path[...], isAPI: name == Self.apiHost, port: String(host.dropFirst(name.count)))
        } else if path.hasPrefix(Self.apiMount + "/") {
            self.init(path: path.dropFirst(Self.apiMount.count), isAPI: true, port: nil)
        } else if path.hasPrefix(Self.codeloadMount + "/") {
            self.init(path: path.dropFirst(Self.codeloadMount.count), isAPI: false, port: nil)
        } else {
            return nil
        }
    }

    private init(path: Substring, isAPI: Bool, port: String?) {
        self.isAPI = isAPI
        self.port = port
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        switch parts.first {
        case "repos" where isAPI && parts.count == 5 && parts[3] == "zipball":
            self.kind = .zipball(repository: "\(parts[1])/\(parts[2])", reference: parts[4])
        case "repositories" where isAPI && parts.count == 4 && parts[2] == "zipball":
            self.kind = Int(parts[1]).map { .byNumber($0, reference: parts[3]) } ?? .other
        case _ where !isAPI && parts.count == 4 && parts[2] == "legacy.zip":
            self.kind = .archive(repository: "\(parts[0])/\(parts[1])", reference: parts[3])
        default: self.kind = .other
        }
    }

    /// The repository that was asked for, by its name.
    var repository: String? {
        switch self.kind {
        case .zipball(let repository, _), .archive(let repository, _): repository
        case .byNumber, .other: nil
        }
    }

    /// Where codeload is below its mount: the same port under another name of this machine, as it is another host.
    static func codeload(baseURL: String) -> String {
        baseURL.replacing("://127.0.0.1", with: "://localhost") + Self.codeloadMount
    }

    /// Where the API or codeload is for who asked so, without a slash at the end.
    func url(isAPI: Bool, baseURL: String) -> String {
        guard let port else { return isAPI ? baseURL + Self.apiMount : Self.codeload(baseURL: baseURL) }
        return "http://\(isAPI ? Self.apiHost : Self.codeloadHost)\(port)"
    }
}
