import Synchronization

/// The state of the imitated GitHub: every package of the Composer repositories has a repository called like it.
package final class GitHubHost: Sendable {
    /// What the API thinks of a request.
    enum Admission: Equatable {
        /// With this many left, until then (seconds since 1970).
        case admitted(left: Int, of: Int, until: Int64)
        case limited(GitHubLimit, until: Int64)
        case wrongToken
    }

    private struct State: Sendable {
        var limit: GitHubLimit? = GitHubLimit()
        var used = 0
        var windowEnd: Int64 = 0
        var token = "sandbox-token"
        var hidden: Set<String> = []
        var deleted: Set<String> = []
        /// The name that a package's repository has now, where that is another.
        var names: [String: String] = [:]
        /// The packages of all names that repositories got.
        var packages: [String: String] = [:]
        /// The packages whose repositories were renamed: a repository's number is its place.
        var numbers: [String] = []
        var requests = GitHubRequests()
    }

    static let firstNumber = 1_000_000
    /// What a token allows in an hour.
    private static let withToken = 5_000

    private let state = Mutex(State())

    /// What was asked so far.
    package var requests: GitHubRequests { self.state.withLock { $0.requests } }

    package func resetRequests() { self.state.withLock { $0.requests = GitHubRequests() } }

    /// How much may be asked without a token from now on; nil: as much as one likes.
    package func limit(_ limit: GitHubLimit?) {
        self.state.withLock { state in
            state.limit = limit
            state.used = 0
            state.windowEnd = 0
        }
    }

    /// Which token is known.
    package func accept(token: String) { self.state.withLock { $0.token = token } }

    /// Makes a package's repository private: 404 without the token.
    package func setPrivate(_ package: String, _ isPrivate: Bool = true) {
        self.state.withLock { state in
            if isPrivate { state.hidden.insert(package) } else { state.hidden.remove(package) }
        }
    }

    /// Takes a package's repository away: 404 for everyone.
    package func setDeleted(_ package: String, _ isDeleted: Bool = true) {
        self.state.withLock { state in
            if isDeleted { state.deleted.insert(package) } else { state.deleted.remove(package) }
        }
    }

    /// Renames a package's repository: the API redirects from all its old names, codeload knows none of them, and the
    /// folder in its zips is called otherwise.
    package func rename(_ package: String, to name: String) {
        self.state.withLock { state in
            state.names[package] = name
            state.packages[name] = package
            if !state.numbers.contains(package) { state.numbers.append(package) }
        }
    }

    /// - Parameter authorization: The header; nil: none was sent.
    func admit(_ authorization: String?, now: Int64) -> Admission {
        self.state.withLock { state in
            state.requests.api += 1
            if now >= state.windowEnd {
                state.used = 0
                state.windowEnd = now + (state.limit?.seconds ?? 3_600)
            }
            if let authorization {
                guard Self.token(in: authorization) == state.token else {
                    state.requests.unauthorized += 1
                    return .wrongToken
                }
                state.requests.withToken += 1
                return .admitted(left: Self.withToken - 1, of: Self.withToken, until: state.windowEnd)
            }
            guard let limit = state.limit else {
                return .admitted(left: Self.withToken - 1, of: Self.withToken, until: state.windowEnd)
            }
            guard state.used < limit.requests else {
                state.requests.limited += 1
                return .limited(limit, until: state.windowEnd)
            }
            state.used += 1
            return .admitted(left: limit.requests - state.used, of: limit.requests, until: state.windowEnd)
        }
    }

    /// Counts a request to codeload.
    func countArchive(hasCredentials: Bool) {
        self.state.withLock { state in
            state.requests.codeload += 1
            if hasCredentials { state.requests.credentialsAtCodeload += 1 }
        }
    }

    /// A repository, as somebody finds it.
    struct Found: Equatable {
        var package: String
        var name: String
        var isPrivate: Bool
        /// Of one that was renamed.
        var number: Int?
    }

    /// - Parameter name: The present or an old one.
    /// - Returns: nil for a deleted one; whether there is such a package is not known here.
    func repository(named name: String) -> Found? {
        self.state.withLock { state in Self.found(state.packages[name] ?? name, in: state) }
    }

    func repository(number: Int) -> Found? {
        self.state.withLock { state in
            let place = number.subtractingReportingOverflow(Self.firstNumber).partialValue
            return state.numbers.indices.contains(place) ? Self.found(state.numbers[place], in: state) : nil
        }
    }

    private static func found(_ package: String, in state: State) -> Found? {
        guard !state.deleted.contains(package) else { return nil }
        return Found(
            package: package,
            name: state.names[package] ?? package,
            isPrivate: state.hidden.contains(package),
            number: state.numbers.firstIndex(of: package).map { $0 + Self.firstNumber }
        )
    }

    /// `Bearer TOKEN` or `token TOKEN`.
    private static func token(in authorization: String) -> String? {
        let words = authorization.split(separator: " ")
        guard words.count == 2, ["bearer", "token"].contains(words[0].lowercased()) else { return nil }
        return String(words[1])
    }
}
