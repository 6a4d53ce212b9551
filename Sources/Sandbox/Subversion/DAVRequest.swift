import NIOCore

/// The little that is read of the XML in a DAV request: names without prefix, and their text.
enum DAVRequest {
    struct Element: Equatable {
        var name: String
        var text: String
    }

    /// The opening tags of a body in document order; empty when it is no XML.
    static func elements(in body: ByteBuffer) -> [Element] {
        let text = String(buffer: body)
        var elements: [Element] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "<") {
            guard let close = rest[open...].firstIndex(of: ">") else { return [] }
            let tag = rest[rest.index(after: open)..<close]
            rest = rest[rest.index(after: close)...]
            guard let first = tag.first, first != "/", first != "?", first != "!" else { continue }
            let name = tag.prefix { !$0.isWhitespace && $0 != "/" }
            let content = rest.prefix { $0 != "<" }
            let local = name.split(separator: ":").last ?? name
            elements.append(Element(name: String(local), text: content.trimmingWhitespace()))
        }
        return elements
    }

    /// `/!svn/bc/17/akismet` and `/!svn/rvr/17/akismet` name a path at a revision.
    static func baseline(of path: String) -> (revision: Int, path: String)? {
        for prefix in ["/!svn/bc/", "/!svn/rvr/"] where path.hasPrefix(prefix) {
            let rest = path.dropFirst(prefix.count)
            let number = rest.prefix { $0.isNumber }
            guard let revision = Int(number) else { return nil }
            let inside = rest.dropFirst(number.count)
            return (revision, inside.isEmpty ? "/" : String(inside))
        }
        return nil
    }
}

extension Substring {
    func trimmingWhitespace() -> String {
        guard let first = self.firstIndex(where: { !$0.isWhitespace }),
            let last = self.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
