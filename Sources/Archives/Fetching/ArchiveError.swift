import Upstream

/// Why an archive was not fetched.
///
/// `description` is one line that goes to logs and into the database; it holds no credentials.
package struct ArchiveError: Error, Sendable, CustomStringConvertible {
    package enum Reason: Sendable, Equatable {
        /// Upstream has none: deleted, or private and not told.
        case notFound
        /// Upstream, or this program, does not want to: credentials, a forbidden address, a redirect out of bounds.
        case refused
        /// Upstream wants no more requests for ``ArchiveError/wait``.
        case rateLimited
        /// No whole answer: it may be there later.
        case unavailable
        /// Bytes came, and they are not the archive.
        case wrongBytes(ArchiveRefusal)
        /// More bytes than are taken.
        case tooLarge
        /// More bytes than ``ArchiveRequest/bytesLeft``.
        case noBytesLeft
        /// The folder for temporary files can't be used, or is full.
        case noRoom
    }

    package var reason: Reason
    /// Without credentials.
    package var url: String
    package var detail: String
    /// The status of the answer, where there was one.
    package var status: Int?
    /// How long upstream wants to be left alone; always there with ``Reason/rateLimited``.
    ///
    /// A time from now on, and no instant: clocks differ.
    package var wait: Duration?

    init(_ reason: Reason, url: String, _ detail: String, status: Int? = nil, wait: Duration? = nil) {
        self.reason = reason
        self.url = RequestLabel(method: "GET", url: url).url
        self.detail = detail
        self.status = status
        self.wait = wait
    }

    package var description: String {
        let wait = self.wait.map { "; to be left alone for \($0.components.seconds) s" } ?? ""
        return "archive \(self.url): \(self.name): \(self.detail)\(wait)"
    }

    private var name: String {
        switch self.reason {
        case .notFound: "not found"
        case .refused: "refused"
        case .rateLimited: "too many requests"
        case .unavailable: "unavailable"
        case .wrongBytes: "wrong bytes"
        case .tooLarge: "too large"
        case .noBytesLeft: "no bytes left"
        case .noRoom: "no room"
        }
    }
}
