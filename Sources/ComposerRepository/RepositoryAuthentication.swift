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

    package var debugDescription: String { self.description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
