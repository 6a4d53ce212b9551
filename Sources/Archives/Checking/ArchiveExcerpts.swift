/// Files of an archive whose beginnings somebody wants to read, such as those that have headers of WordPress in them.
package struct ExcerptWish: Sendable {
    /// Of each file; WordPress itself looks for headers in the first 8 KiB (`get_file_data`).
    package var maxBytes: Int
    package var maxFiles: Int
    /// Whether a file of this name is one of them.
    package var wants: @Sendable (_ name: String) -> Bool

    package init(maxBytes: Int = 8_192, maxFiles: Int = 32, wants: @escaping @Sendable (_ name: String) -> Bool) {
        self.maxBytes = maxBytes
        self.maxFiles = maxFiles
        self.wants = wants
    }
}

/// The beginning of a file of an archive.
package struct ArchiveExcerpt: Equatable, Sendable {
    /// As the archive has it.
    package var name: String
    package var bytes: [UInt8]
}

/// Takes excerpts as files go by.
///
/// What was found in an archive that is refused later is not to be used.
///
/// Not Sendable: used by the task that checks.
final class ArchiveExcerpts {
    private let wish: ExcerptWish
    private var isTaking = false
    private(set) var found: [ArchiveExcerpt] = []

    init(_ wish: ExcerptWish) { self.wish = wish }

    /// The bytes of a file are next.
    func begin(_ name: some Sequence<UInt8>) {
        self.isTaking = false
        guard self.found.count < self.wish.maxFiles else { return }
        let name = String(decoding: Array(name), as: UTF8.self)
        guard self.wish.wants(name) else { return }
        self.found.append(ArchiveExcerpt(name: name, bytes: []))
        self.isTaking = true
    }

    func take(_ piece: some Collection<UInt8>) {
        guard self.isTaking, let last = self.found.indices.last else { return }
        self.found[last].bytes.append(contentsOf: piece.prefix(self.wish.maxBytes - self.found[last].bytes.count))
    }
}
