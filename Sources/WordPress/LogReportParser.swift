import NIOCore
import Upstream
import Wire

/// Reads a Subversion log report as its bytes arrive.
///
/// Source of the format: what `mod_dav_svn` 1.14 writes. Paths come first in an item, then the revision; the date
/// anywhere or not at all. Comments and authors are passed over. Bytes that XML forbids and invalid UTF-8 are taken as
/// they are, since Subversion lets both through. Holds one item, within ``LogReportLimits``, and one unfinished token.
///
/// What can't be read costs the item that it stands in, and no other: that item ends at its closing tag, or where the
/// next one begins. Document types are refused; entities that are not predefined are never expanded.
struct LogReportParser {
    private enum Place { case before, report, item, after }

    private enum Element: Equatable {
        case report, item, revision, date, other
        case path(LogPath.Action)
    }

    private let label: RequestLabel
    private let limits: LogReportLimits
    private var buffer: [UInt8] = []
    /// Bytes of the report that were read and dropped from `buffer`.
    private var droppedBytes = 0
    private var place = Place.before
    /// The element of the item whose text is wanted.
    private var element: Element?
    /// How many elements of no interest are open in it, or in the item.
    private var others = 0
    /// Text of `element`, or its beginning.
    private var text: [UInt8] = []
    private var isTextCut = false
    private var isTextReadable = true
    private var path = LogPath(path: "", action: .modified)
    private var item: LogItemBuilder

    /// Whether the closing tag has come.
    var isComplete: Bool { self.place == .after }
    /// Items read so far.
    private(set) var items = 0
    /// Bytes read so far.
    private(set) var bytes = 0

    init(label: RequestLabel, limits: LogReportLimits = LogReportLimits()) {
        self.label = label
        self.limits = limits
        self.item = LogItemBuilder(limits: limits)
    }

    /// Reads on; `onItem` gets each item as it ends.
    ///
    /// - Throws: ``UpstreamError`` when this is no report, or what `onItem` throws.
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
        guard !self.isComplete else { return }
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
            let isMarkup = bytes[index] == UInt8(ascii: "<")
            let next =
                isMarkup
                ? try self.readMarkup(bytes, at: index, onItem: onItem) : try self.readText(bytes, at: index)
            if let next {
                index = next
            } else if bytes.count - index > self.limits.tokenBytes {
                index = try self.passOver(bytes, at: index)
            } else {
                break
            }
        }
        return index
    }

    /// Takes a `<` that begins nothing readable for text.
    private mutating func passOver(_ bytes: Span<UInt8>, at start: Int) throws -> Int {
        guard self.place == .report || self.place == .item else { throw self.notAReport(bytes, at: start) }
        if self.place == .item { self.item.isDamaged = true }
        return start + 1
    }

    /// - Returns: Where the text that could be read ends; nil when more of it has to come.
    private mutating func readText(_ bytes: Span<UInt8>, at start: Int) throws -> Int? {
        let end = bytes.firstIndex(of: UInt8(ascii: "<"), from: start)
        guard self.place == .report || self.place == .item else {
            let range = start..<(end ?? bytes.count)
            // A byte order mark is harmless; anything else outside the report means that this is none.
            for index in range where !bytes[index].isMarkupSpace && ![0xef, 0xbb, 0xbf].contains(bytes[index]) {
                throw self.notAReport(bytes, at: index)
            }
            return range.upperBound
        }
        guard self.element != nil, self.others == 0 else { return end ?? bytes.count }
        // An entity may go on in the next piece.
        let upperBound = end ?? MarkupEntity.endOfWhole(bytes, from: start)
        guard upperBound > start else { return nil }
        if !MarkupEntity.appendDecoded(bytes, at: start..<upperBound, to: &self.text) { self.isTextReadable = false }
        self.cutText()
        return upperBound
    }

    private mutating func cutText() {
        guard self.text.count > self.limits.pathBytes else { return }
        self.text.removeLast(self.text.count - self.limits.pathBytes)
        self.isTextCut = true
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
            case .malformed: return try self.passOver(bytes, at: start)
            case .tag(let tag):
                guard self.place == .report || self.place == .item else {
                    guard self.place == .before, tag.kind == .opening, bytes.holds("log-report", at: tag.name) else {
                        throw self.notAReport(bytes, at: start)
                    }
                    self.place = .report
                    return tag.end
                }
                let element = Self.element(bytes, tag.name)
                if tag.kind != .closing { try self.enter(element, tag, bytes, onItem: onItem) }
                if tag.kind != .opening { try self.leave(element, onItem: onItem) }
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
            if self.element != nil, self.others == 0 {
                self.text.append(contentsOf: bytes.copy((start + 9)..<end))
                self.cutText()
            }
            return end + 3
        }
        if bytes.count - start < 9, !bytes.starts(with: "<!D", at: start), !bytes.starts(with: "<!d", at: start) {
            return nil
        }
        guard self.place == .before else { return try self.passOver(bytes, at: start) }
        throw self.label.error(
            .malformed,
            "the body begins with a document type and is no log report; nothing of it was expanded",
            isRetryable: true
        )
    }

    private mutating func enter(
        _ element: Element,
        _ tag: XMLTag,
        _ bytes: Span<UInt8>,
        onItem: (LogItem) throws -> Void
    ) throws {
        if element == .item {
            if self.place == .item { try self.endItem(isDamaged: true, onItem: onItem) }
            self.place = .item
            self.others = 0
        } else if element == .report || element == .other || self.element != nil || self.others > 0 {
            self.others += 1
        } else {
            // Outside of an item when the beginning of that could not be read.
            if self.place == .report { self.item.isDamaged = true }
            self.place = .item
            self.element = element
            self.text.removeAll(keepingCapacity: true)
            self.isTextCut = false
            self.isTextReadable = true
            if case .path(let action) = element { self.beginPath(action, tag, bytes) }
        }
    }

    private mutating func beginPath(_ action: LogPath.Action, _ tag: XMLTag, _ bytes: Span<UInt8>) {
        self.path = LogPath(path: "", action: action)
        if let kind = tag.value(of: "node-kind", in: bytes) {
            self.path.isDirectory = bytes.holds("dir", at: kind) ? true : bytes.holds("file", at: kind) ? false : nil
        }
        guard let source = tag.value(of: "copyfrom-path", in: bytes),
            let revision = tag.value(of: "copyfrom-rev", in: bytes).flatMap({ bytes.number(at: $0) })
        else { return }
        var decoded: [UInt8] = []
        guard source.count <= self.limits.pathBytes, MarkupEntity.appendDecoded(bytes, at: source, to: &decoded) else {
            self.isTextReadable = false
            return
        }
        self.path.copyFrom = LogPath.CopySource(path: String(decoding: decoded, as: UTF8.self), revision: revision)
    }

    private mutating func leave(_ element: Element, onItem: (LogItem) throws -> Void) throws {
        switch element {
        case .report:
            if self.place == .item { try self.endItem(isDamaged: true, onItem: onItem) }
            self.place = .after
        case .item:
            if self.place == .item { try self.endItem(isDamaged: false, onItem: onItem) }
            self.place = .report
        case .path, .revision, .date, .other:
            if self.others > 0 {
                self.others -= 1
            } else if let open = self.element {
                self.element = nil
                if open != element { self.item.isDamaged = true }
                self.take(open)
            } else if self.place == .item {
                self.item.isDamaged = true
            }
        }
    }

    private mutating func take(_ element: Element) {
        switch element {
        case .path:
            self.item.add(self.path, self.text, isCut: self.isTextCut, isReadable: self.isTextReadable)
        case .revision:
            self.item.revision = self.isTextCut ? nil : self.text.span.number(at: self.text.indices)
        default:
            self.item.dateMilliseconds = self.isTextCut ? nil : SubversionDate.milliseconds(self.text)
        }
    }

    private mutating func endItem(isDamaged: Bool, onItem: (LogItem) throws -> Void) throws {
        if isDamaged || self.element != nil || self.others > 0 { self.item.isDamaged = true }
        self.element = nil
        self.others = 0
        self.items += 1
        let item = self.item.item()
        // Let go of before it is handed on, so that no more than one is held.
        self.item = LogItemBuilder(limits: self.limits)
        try onItem(item)
    }

    private static func element(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Element {
        switch name.count {
        case 4 where bytes.holds("date", at: name): .date
        case 8 where bytes.holds("log-item", at: name): .item
        case 10 where bytes.holds("added-path", at: name): .path(.added)
        case 10 where bytes.holds("log-report", at: name): .report
        case 12 where bytes.holds("deleted-path", at: name): .path(.deleted)
        case 12 where bytes.holds("version-name", at: name): .revision
        case 13 where bytes.holds("modified-path", at: name): .path(.modified)
        case 13 where bytes.holds("replaced-path", at: name): .path(.replaced)
        default: .other
        }
    }

    private func notAReport(_ bytes: Span<UInt8>, at index: Int) -> UpstreamError {
        let reason =
            switch self.place {
            case .after: "something follows the report"
            case .before where self.droppedBytes + index > 0: "the body is no log report: it begins with something else"
            default: "the body is no log report"
            }
        return self.label.error(.malformed, reason, isRetryable: true)
    }
}
