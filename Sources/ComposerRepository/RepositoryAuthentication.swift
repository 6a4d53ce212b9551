import FoundationEssentials

/// What is sent to the host of the repository, and nowhere else.
///
/// Descriptions name the scheme and no secret, so that none gets into a log.
package enum RepositoryAuthentication: Equatable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    case basic(user: String, password: String)
    case bearer(String)
    case header(name: String, value: String)

    package var description: String {
        switch self {
        case .basic: "basic authentication"
        case .bearer: "a bearer token"
        case .header(let name, _): "the header \(name)"
        }
    }

    /// As it is sent.
    package var header: (name: String, value: String) {
        switch self {
        case .basic(let user, let password):
            ("Authorization", "Basic \(Data("\(user):\(password)".utf8).base64EncodedString())")
        case .bearer(let token): ("Authorization", "Bearer \(token)")
        case .header(let name, let value): (name, value)
        }
    }

    package var debugDescription: String { self.description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
