import Wire

/// Names in the text of a JSON file that are replaced where they stand; every other byte stays.
package struct NameEdits {
    /// A string as it stands in the file.
    struct Text {
        /// Between the quotes.
        var range: Range<Int>
        var isEscaped: Bool
        var text: String
    }

    /// Something of the file, for people.
    package struct Note: Equatable, Sendable {
        package var line: Int
        /// Where it stands: `extra.patches`.
        package var path: String
        package var text: String
    }

    package let bytes: [UInt8]
    package internal(set) var edits = ByteEdits()
    /// How many names were replaced, by the part of the file that they stand in.
    package internal(set) var renamed: [(part: String, count: Int)] = []
    /// What speaks of an old vendor, and was not understood.
    package internal(set) var left: [Note] = []
    /// Why the file can't be changed.
    package internal(set) var problems: [Note] = []
    let names: VendorNames

    init(_ bytes: [UInt8], _ names: VendorNames) {
        self.bytes = bytes
        self.names = names
    }

    // MARK: Single strings

    func text(_ key: JSONKey, _ reader: borrowing JSONReader) throws -> Text {
        Text(range: key.range, isEscaped: key.isEscaped, text: try reader.text(key))
    }

    /// Reads a string; anything else is passed over, and nil.
    func readText(_ reader: inout JSONReader) throws -> Text? {
        guard case .string = try reader.kind() else {
            try reader.skipValue()
            return nil
        }
        var copy = reader
        let range = try reader.skipValue()
        let content = (range.lowerBound + 1)..<(range.upperBound - 1)
        let isEscaped = self.bytes[content].contains(UInt8(ascii: "\\"))
        return Text(range: content, isEscaped: isEscaped, text: try copy.readString())
    }

    /// Renames the vendor in `text`, if it is a name of one.
    ///
    /// - Returns: Whether it was.
    @discardableResult
    mutating func rename(_ text: Text, in part: String) -> Bool {
        guard let rename = self.names.rename(text.text) else { return false }
        let start = text.range.lowerBound + rename.vendor.lowerBound
        let vendor = start..<(start + rename.vendor.count)
        let written = String(decoding: text.text.utf8.prefix(rename.vendor.upperBound), as: UTF8.self)
        if vendor.upperBound <= text.range.upperBound,
            self.bytes[text.range.lowerBound..<vendor.upperBound].elementsEqual(written.utf8)
        {
            self.edits.replace(vendor, with: Array(rename.new.utf8))
        } else {
            // The vendor itself is written with escapes.
            self.replace(text, with: self.names.renamed(text.text))
        }
        self.count(part)
        return true
    }

    /// Replaces a string by one without quotes and control characters, with slashes escaped where they were.
    mutating func replace(_ text: Text, with new: String) {
        let escapes = self.bytes[text.range].contains(UInt8(ascii: "\\"))
        self.edits.replace(text.range, with: Array((escapes ? new.replacing("/", with: "\\/") : new).utf8))
    }

    mutating func count(_ part: String) {
        if let index = self.renamed.firstIndex(where: { $0.part == part }) {
            self.renamed[index].count += 1
        } else {
            self.renamed.append((part, 1))
        }
    }

    func note(_ path: String, _ text: String, at position: Int) -> Note {
        Note(line: Self.line(of: position, in: self.bytes), path: path, text: text)
    }

    static func line(of position: Int, in bytes: [UInt8]) -> Int {
        1 + bytes[..<min(position, bytes.count)].count { $0 == UInt8(ascii: "\n") }
    }

    // MARK: Parts of a file

    /// Renames the keys of an object whose keys are names of packages.
    mutating func readLinks(_ reader: inout JSONReader, in part: String) throws {
        guard case .object = try reader.kind() else {
            try reader.skipValue()
            return
        }
        var found: [String: String] = [:]
        try reader.readObject { reader, key in
            let text = try self.text(key, reader)
            let old = text.text.lowercased()
            let new = self.names.renamed(old)
            if let other = found.updateValue(old, forKey: new), other != old {
                let reason = "\(other) and \(old) would both be \(new): remove one of them"
                self.problems.append(self.note(part, reason, at: key.range.lowerBound))
            }
            self.rename(text, in: part)
            try reader.skipValue()
        }
    }

    /// Goes through a value of any form, whose strings and keys may be names of packages.
    ///
    /// - Parameter renames: `false` to note only what speaks of an old vendor.
    mutating func walk(_ reader: inout JSONReader, _ path: String, in part: String, renames: Bool) throws {
        switch try reader.kind() {
        case .object:
            try reader.readObject { reader, key in
                let text = try self.text(key, reader)
                self.look(at: text, path, in: part, renames: renames)
                try self.walk(&reader, "\(path).\(text.text)", in: part, renames: renames)
            }
        case .array:
            try reader.readArray { reader, index in
                try self.walk(&reader, "\(path)[\(index)]", in: part, renames: renames)
            }
        case .string:
            if let text = try self.readText(&reader) { self.look(at: text, path, in: part, renames: renames) }
        default:
            try reader.skipValue()
        }
    }

    private mutating func look(at text: Text, _ path: String, in part: String, renames: Bool) {
        if renames, self.rename(text, in: part) { return }
        if self.names.isMentioned(in: text.text) {
            self.left.append(self.note(path, text.text, at: text.range.lowerBound))
        }
    }
}
