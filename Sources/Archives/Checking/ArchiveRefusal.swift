import Upstream

/// Why bytes are not taken for an archive.
///
/// `description` is one line that says what is wrong with them; names of entries come from outside, and are shown without
/// control characters and cut.
package struct ArchiveRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Reason: String, Sendable {
        /// A page of HTML, a text, or whatever else is no archive.
        case noArchive
        /// No file is in it.
        case empty
        /// It ends before its end.
        case truncated
        /// What it says in one place does not fit what it says, or has, in another.
        case damaged
        /// It can be read in more than one way.
        case ambiguous
        case encrypted
        /// A format or a method that is not read here.
        case unsupported
        /// It would write outside of its folder, or where a file can't be.
        case unsafeName
        /// Two entries for one place.
        case duplicateName
        /// Beyond the limits.
        case tooLarge
        /// Other bytes than the SHA-1 that upstream gives.
        case wrongChecksum
    }

    package var reason: Reason
    /// The entry that it is about.
    package var entry: String?
    package var detail: String

    init(_ reason: Reason, entry: (some Sequence<UInt8>)?, _ detail: String) {
        self.reason = reason
        self.entry = entry.map { UpstreamError.singleLine(String(decoding: Array($0), as: UTF8.self), limit: 200) }
        self.detail = detail
    }

    init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }

    package var description: String { self.entry.map { "entry '\($0)': \(self.detail)" } ?? self.detail }
}
