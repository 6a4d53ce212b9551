import NIOCore
import Upstream
import Wire

/// Reads the page of a directory in a Subversion repository, as its bytes arrive.
///
/// Source of the format: the HTML that `mod_dav_svn` writes: the revision in the title, and between `<ul>` and `</ul>`
/// one `<li><a href="SLUG/">` a line. Holds one line at a time.
struct ListingParser {
    /// A name of 255 bytes, each escaped, twice.
    private static let maxLineBytes = 16 << 10

    private enum Place { case before, inside, after }

    private let label: RequestLabel
    private var buffer: [UInt8] = []
    private var place = Place.before
    private var revision: Int64?
    private var sawEnd = false
    private var lines = 0

    /// Directories found so far.
    private(set) var entries = 0

    init(label: RequestLabel) { self.label = label }

    /// Reads on.
    ///
    /// - Throws: ``UpstreamError`` with `malformed` when this is no such page, with `lineTooLong`; or what `onEntry`
    ///   throws.
    mutating func read(_ chunk: ByteBuffer, onEntry: (ListingEntry) throws -> Void) throws {
        var buffer = self.buffer
        self.buffer = []
        buffer.append(contentsOf: chunk.readableBytesView)
        var start = 0
        while let newline = buffer.span.firstIndex(of: UInt8(ascii: "\n"), from: start) {
            try self.readLine(buffer.span.extracting(start..<newline), onEntry: onEntry)
            start = newline + 1
        }
        buffer.removeFirst(start)
        try self.check(lineBytes: buffer.count)
        self.buffer = buffer
    }

    /// To be called when the body has ended.
    ///
    /// - Returns: The revision of the listing.
    /// - Throws: ``UpstreamError`` with `truncated` when the page ends before its end: a cut listing must not look like
    ///   a short one, because what a listing lacks is taken for gone. With `malformed` when it is no listing.
    mutating func finish(onEntry: (ListingEntry) throws -> Void) throws -> Int64 {
        let rest = self.buffer
        self.buffer = []
        try self.readLine(rest.span, onEntry: onEntry)
        guard self.lines > 1 || self.revision != nil || self.sawEnd else {
            throw self.label.error(
                .truncated,
                "the body is empty, or ended in its first line; nothing was removed because of it",
                isRetryable: true
            )
        }
        guard let revision = self.revision else { throw self.notAListing("its title has no revision") }
        guard self.sawEnd else {
            throw self.label.error(
                .truncated,
                "the page ended after \(self.entries) entries without '</html>'; nothing was removed because of it",
                isRetryable: true
            )
        }
        guard self.place == .after else { throw self.notAListing("it has no complete list") }
        return revision
    }

    private mutating func readLine(_ line: Span<UInt8>, onEntry: (ListingEntry) throws -> Void) throws {
        try self.check(lineBytes: line.count)
        self.lines += 1
        switch self.place {
        case .before:
            if self.revision == nil { self.revision = Self.revision(title: line) }
            guard line.firstIndex(of: "<ul>", from: 0) != nil else { break }
            guard self.revision != nil else { throw self.notAListing("its title has no revision") }
            self.place = .inside
        case .inside:
            if let name = try self.name(line) {
                self.entries += 1
                try onEntry(ListingEntry(name: name))
            }
            if line.firstIndex(of: "</ul>", from: 0) != nil { self.place = .after }
        case .after:
            break
        }
        if line.firstIndex(of: "</html>", from: 0) != nil { self.sawEnd = true }
    }

    /// The directory that a line of the list names; nil for a file and for the way up.
    private func name(_ line: Span<UInt8>) throws -> String? {
        var start = 0
        while start < line.count, line[start].isMarkupSpace { start += 1 }
        let opening: StaticString = "<li><a href=\""
        guard line.starts(with: opening, at: start) else {
            // An entry in another form must not be lost without a word.
            guard line.firstIndex(of: "<li", from: 0) == nil else { throw self.notAListing("an entry is unreadable") }
            return nil
        }
        start += opening.utf8CodeUnitCount
        var href: [UInt8] = []
        guard let end = line.firstIndex(of: UInt8(ascii: "\""), from: start),
            line.firstIndex(of: "<li", from: end) == nil,
            MarkupEntity.appendDecoded(line, at: start..<end, to: &href)
        else { throw self.notAListing("an entry is unreadable") }
        guard href.popLast() == UInt8(ascii: "/") else { return nil }
        let name = String(decoding: Percent.decoded(href).bytes, as: UTF8.self)
        return name == ".." || name == "." ? nil : name
    }

    private func check(lineBytes: Int) throws {
        guard lineBytes > Self.maxLineBytes else { return }
        throw self.label.error(
            .lineTooLong,
            "a line has more than \(Self.maxLineBytes) bytes: this is no listing; nothing was removed because of it",
            isRetryable: false
        )
    }

    private func notAListing(_ reason: String) -> UpstreamError {
        self.label.error(
            .malformed,
            "the page is no listing of a repository: \(reason); nothing was removed because of it",
            isRetryable: true
        )
    }

    /// The number in `<title> - Revision 3483213: /</title>`, maybe after a repository's name.
    private static func revision(title line: Span<UInt8>) -> Int64? {
        guard let title = line.firstIndex(of: "<title>", from: 0),
            let word = line.firstIndex(of: "Revision ", from: title)
        else { return nil }
        let start = word + "Revision ".utf8.count
        guard let end = line.firstIndex(of: UInt8(ascii: ":"), from: start) else { return nil }
        return RevisionNumber.checked(line.number(at: start..<end))
    }
}
