import NIOCore

/// Reads a Subversion log report as its bytes arrive.
///
/// Source of the format: what `mod_dav_svn` 1.14 writes. Paths come first in an item, then the revision; the date
/// anywhere or not at all. Comments and authors are passed over. Bytes that XML forbids and invalid UTF-8 are taken as
/// they are, since Subversion lets both through. Holds one item and one unfinished token at most.
///
/// Document types and entities that are not predefined are refused, never expanded, and so are items over the limits.
struct LogReportParser {
    private enum Element: Equatable {
        case report, item, revision, date, other
        case path(LogPath.Action)
    }

    private let label: RequestLabel
    private let limits: LogReportLimits
    private var buffer: [UInt8] = []
    /// Bytes of the report that were read and dropped from `buffer`.
    private var droppedBytes = 0
    private var open: [Element] = []
    private var isReportClosed = false
    /// Text of the element whose text is wanted.
    private var text: [UInt8] = []
    private var path = LogPath(path: "", action: .modified)
    private var item = LogItem(revision: -1)
    private var itemStart = 0

    /// Whether the closing tag has come.
    var isComplete: Bool { self.isReportClosed }
    /// Items read so far.
    private(set) var items = 0
    /// Bytes read so far.
    private(set) var bytes = 0

    init(label: RequestLabel, limits: LogReportLimits = LogReportLimits()) {
        self.label = label
        self.limits = limits
    }

    /// Reads on; `onItem` gets each item as it ends.
    ///
    /// - Throws: ``UpstreamError``, or what `onItem` throws.
    mutating func read(_ chunk: ByteBuffer, onItem: (LogItem) throws -> Void) throws {
        self.bytes += chunk.readableBytes
        // Out of self while it is scanned, so that its bytes can be looked at while self changes.
        var buffer = self.buffer
        self.buffer = []
        buffer.append(contentsOf: chunk.readableBytesView)
        let used = try self.scan(buffer.span, onItem: onItem)
        buffer.removeFirst(used)
        self.droppedBytes += used
        self.buffer = buffer
    }

    /// To be called when the body has ended.
    ///
    /// - Throws: ``UpstreamError`` with `truncated` when the report's closing tag has not come.
    func finish() throws {
        guard !self.isReportClosed else { return }
        throw self.label.error(
            .truncated,
            "the report ended after \(self.items) items without its closing tag; what came before it is kept",
            isRetryable: true
        )
    }

    /// - Returns: How many bytes are done with.
    private mutating func scan(_ bytes: Span<UInt8>, onItem: (LogItem) throws -> Void) throws -> Int {
        var index = 0
        while index < bytes.count {
            let next: Int?
            if bytes[index] == UInt8(ascii: "<") {
                next = try self.readMarkup(bytes, at: index, onItem: onItem)
            } else {
                next = try self.readText(bytes, at: index)
            }
            guard let next else {
                guard bytes.count - index <= self.limits.tokenBytes else {
                    throw self.refusal("a path or tag has more than \(self.limits.tokenBytes) bytes", at: index)
                }
                break
            }
            index = next
            // Checked here, so that text which is passed over counts, too.
            if self.open.count > 1, self.droppedBytes + index - self.itemStart > self.limits.itemBytes {
                throw self.refusal("an item has more than \(self.limits.itemBytes) bytes", at: index, code: .tooLarge)
            }
        }
        return index
    }

    /// - Returns: Where the text ends; nil when more of it has to come.
    private mutating func readText(_ bytes: Span<UInt8>, at start: Int) throws -> Int? {
        let end = bytes.firstIndex(of: UInt8(ascii: "<"), from: start)
        switch self.open.last {
        case .path, .revision, .date:
            guard let end else { return nil }
            guard MarkupEntity.appendDecoded(bytes, at: start..<end, to: &self.text) else {
                throw self.refusal("an entity is not one of the five predefined ones", at: start)
            }
            guard self.text.count <= self.limits.tokenBytes else {
                throw self.refusal("a path has more than \(self.limits.tokenBytes) bytes", at: start)
            }
            return end
        case .report, .item, .other:
            return end ?? bytes.count
        case nil:
            let range = start..<(end ?? bytes.count)
            // A byte order mark is harmless; anything else outside the report means that this is none.
            for index in range where !bytes[index].isMarkupSpace && ![0xef, 0xbb, 0xbf].contains(bytes[index]) {
                throw self.notAReport(bytes, at: index)
            }
            return range.upperBound
        }
    }

    /// - Returns: Where the markup ends; nil when more of it has to come.
    private mutating func readMarkup(
        _ bytes: Span<UInt8>,
        at start: Int,
        onItem: (LogItem) throws -> Void
    ) throws -> Int? {
        guard start + 1 < bytes.count else { return nil }
        switch bytes[start + 1] {
        case UInt8(ascii: "?"):
            return bytes.firstIndex(of: "?>", from: start + 2).map { $0 + 2 }
        case UInt8(ascii: "!"):
            return try self.readDeclaration(bytes, at: start)
        default:
            switch XMLTag.read(bytes, at: start) {
            case .incomplete: return nil
            case .malformed:
                throw self.open.isEmpty ? self.notAReport(bytes, at: start) : self.refusal("a broken tag", at: start)
            case .tag(let tag):
                if tag.kind != .closing { try self.enter(tag, bytes, at: start) }
                if tag.kind != .opening { try self.leave(tag, bytes, at: start, onItem: onItem) }
                return tag.end
            }
        }
    }

    private mutating func readDeclaration(_ bytes: Span<UInt8>, at start: Int) throws -> Int? {
        if bytes.starts(with: "<!--", at: start) {
            return bytes.firstIndex(of: "-->", from: start + 4).map { $0 + 3 }
        }
        if bytes.starts(with: "<![CDATA[", at: start) {
            guard let end = bytes.firstIndex(of: "]]>", from: start + 9) else { return nil }
            switch self.open.last {
            case .path, .revision, .date: self.text.append(contentsOf: bytes.copy((start + 9)..<end))
            default: break
            }
            return end + 3
        }
        if bytes.count - start < 9, !bytes.starts(with: "<!D", at: start), !bytes.starts(with: "<!d", at: start) {
            return nil
        }
        guard self.open.isEmpty, !self.isReportClosed else {
            throw self.refusal("a declaration inside the report", at: start)
        }
        throw self.label.error(
            .malformed,
            "the body begins with a document type and is no log report; nothing of it was expanded",
            isRetryable: true
        )
    }

    private mutating func enter(_ tag: XMLTag, _ bytes: Span<UInt8>, at start: Int) throws {
        let element: Element
        if self.open.count == 1 { self.itemStart = self.droppedBytes + start }
        switch self.open.last {
        case nil:
            guard !self.isReportClosed, bytes.holds("log-report", at: tag.name) else {
                throw self.notAReport(bytes, at: start)
            }
            element = .report
        case .report where bytes.holds("log-item", at: tag.name):
            element = .item
            self.item = LogItem(revision: -1)
        case .item:
            element = Self.element(bytes, tag.name)
            if case .path(let action) = element { try self.beginPath(action, tag, bytes, at: start) }
            self.text.removeAll(keepingCapacity: true)
        default:
            element = .other
        }
        guard self.open.count < self.limits.depth else {
            throw self.refusal("elements are nested more than \(self.limits.depth) deep", at: start)
        }
        self.open.append(element)
    }

    private mutating func beginPath(
        _ action: LogPath.Action,
        _ tag: XMLTag,
        _ bytes: Span<UInt8>,
        at start: Int
    ) throws {
        guard self.item.paths.count < self.limits.pathsPerItem else {
            let limit = self.limits.pathsPerItem
            throw self.refusal("an item has more than \(limit) paths", at: start, code: .tooLarge)
        }
        self.path = LogPath(path: "", action: action)
        if let kind = tag.nodeKind {
            self.path.isDirectory = bytes.holds("dir", at: kind) ? true : bytes.holds("file", at: kind) ? false : nil
        }
        guard let source = tag.copyFromPath, let revision = tag.copyFromRevision.flatMap({ bytes.number(at: $0) })
        else { return }
        var decoded: [UInt8] = []
        guard MarkupEntity.appendDecoded(bytes, at: source, to: &decoded) else {
            throw self.refusal("an entity is not one of the five predefined ones", at: start)
        }
        self.path.copyFrom = LogPath.CopySource(path: String(decoding: decoded, as: UTF8.self), revision: revision)
    }

    private mutating func leave(
        _ tag: XMLTag,
        _ bytes: Span<UInt8>,
        at start: Int,
        onItem: (LogItem) throws -> Void
    ) throws {
        guard let element = self.open.popLast() else { throw self.refusal("a closing tag too many", at: start) }
        switch element {
        case .other: return
        case .report:
            guard bytes.holds("log-report", at: tag.name) else { throw self.mismatch(at: start) }
            self.isReportClosed = true
        case .item:
            guard bytes.holds("log-item", at: tag.name) else { throw self.mismatch(at: start) }
            guard self.item.revision >= 0 else { throw self.refusal("an item has no revision", at: start) }
            self.items += 1
            let item = self.item
            // Let go of before it is handed on, so that no more than one is held.
            self.item = LogItem(revision: -1)
            try onItem(item)
        case .path, .revision, .date:
            guard Self.element(bytes, tag.name) == element else { throw self.mismatch(at: start) }
            try self.take(element, at: start)
        }
    }

    private mutating func take(_ element: Element, at start: Int) throws {
        switch element {
        case .path:
            self.path.path = String(decoding: self.text, as: UTF8.self)
            self.item.paths.append(self.path)
        case .revision:
            guard let revision = self.text.span.number(at: self.text.indices) else {
                throw self.refusal("a revision is no number", at: start)
            }
            self.item.revision = revision
        default:
            self.item.dateMilliseconds = SubversionDate.milliseconds(self.text)
        }
    }

    private static func element(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Element {
        switch name.count {
        case 4 where bytes.holds("date", at: name): .date
        case 10 where bytes.holds("added-path", at: name): .path(.added)
        case 12 where bytes.holds("deleted-path", at: name): .path(.deleted)
        case 12 where bytes.holds("version-name", at: name): .revision
        case 13 where bytes.holds("modified-path", at: name): .path(.modified)
        case 13 where bytes.holds("replaced-path", at: name): .path(.replaced)
        default: .other
        }
    }
}

extension LogReportParser {
    private func mismatch(at index: Int) -> UpstreamError { self.refusal("tags do not match", at: index) }

    private func refusal(_ reason: String, at index: Int, code: UpstreamError.Code = .malformed) -> UpstreamError {
        self.label.error(
            code,
            "\(reason), at byte \(self.droppedBytes + index) of the report, after \(self.items) items; the report was "
                + "not read further",
            isRetryable: code == .malformed
        )
    }

    private func notAReport(_ bytes: Span<UInt8>, at index: Int) -> UpstreamError {
        let end = min(bytes.count, index + 60)
        let beginning = UpstreamError.singleLine(String(decoding: bytes.copy(index..<end), as: UTF8.self), limit: 60)
        let reason =
            self.isReportClosed
            ? "something follows the report: '\(beginning)'" : "the body is no log report; it has '\(beginning)'"
        return self.label.error(.malformed, reason, isRetryable: true)
    }
}
