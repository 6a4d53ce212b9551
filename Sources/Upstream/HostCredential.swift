/// A header that is sent to one host, and nowhere else: not to where that redirects either.
///
/// Descriptions have no secret in them, so that none gets into a log.
package struct HostCredential: Equatable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// `https://HOST` or `https://HOST:PORT`, in lower case.
    package var origin: String
    package var name: String
    package var value: String

    package init(origin: String, name: String, value: String) {
        self.origin = origin
        self.name = name
        self.value = value
    }

    package var description: String { "the header \(self.name) for \(self.origin)" }
    package var debugDescription: String { self.description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
