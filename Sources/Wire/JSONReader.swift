/// Reads JSON (RFC 8259) in place, member by member, without building a tree.
///
/// Upstream's types vary from package to package, and a hundred packages come in one answer: this reads what is wanted
/// in whatever form it has, passes over the rest at the speed of a search, and is ten times as fast as decoding.
package struct JSONReader {
    /// What can be wrong with the text as a whole.
    package struct Failure: Error {
        package var reason: String
        package var position: Int

        package init(reason: String, position: Int) {
            self.reason = reason
            self.position = position
        }
    }

    package enum Kind { case object, array, string, number, literal }

    private static let maxDepth = 60

    package let bytes: [UInt8]
    package private(set) var position: Int
    private let end: Int

    package init(_ bytes: [UInt8]) { self.init(bytes, at: bytes.indices) }

    /// Reads a part of `bytes`, as ``skipValue()`` returned it.
    package init(_ bytes: [UInt8], at range: Range<Int>) {
        self.bytes = bytes
        self.position = range.lowerBound
        self.end = range.upperBound
    }

    /// What the next value is; it is not read.
    package mutating func kind() throws -> Kind {
        self.skipSpace()
        guard self.position < self.end else { throw self.failure("the text ends early") }
        switch self.bytes[self.position] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): return .literal
        default: throw self.failure("no value begins here")
        }
    }

    /// Reads an object.
    ///
    /// `onMember` gets each key and has to read or skip the value.
    package mutating func readObject(_ onMember: (inout JSONReader, _ key: JSONKey) throws -> Void) throws {
        try self.expect(UInt8(ascii: "{"))
        if self.take(UInt8(ascii: "}")) { return }
        repeat {
            self.skipSpace()
            let key = try self.skipString()
            try self.expect(UInt8(ascii: ":"))
            try onMember(&self, JSONKey(range: key.content, isEscaped: key.isEscaped))
        } while self.take(UInt8(ascii: ","))
        try self.expect(UInt8(ascii: "}"))
    }

    /// Reads an array.
    ///
    /// `onElement` has to read or skip each element.
    package mutating func readArray(_ onElement: (inout JSONReader, _ index: Int) throws -> Void) throws {
        try self.expect(UInt8(ascii: "["))
        if self.take(UInt8(ascii: "]")) { return }
        var index = 0
        repeat {
            try onElement(&self, index)
            index += 1
        } while self.take(UInt8(ascii: ","))
        try self.expect(UInt8(ascii: "]"))
    }

    /// A string as it is, a number as it is written; nil for anything else, which is passed over.
    package mutating func readText() throws -> String? {
        switch try self.kind() {
        case .string:
            return try self.readString()
        case .number:
            let range = try self.skipValue()
            return String(decoding: self.bytes[range], as: UTF8.self)
        default:
            try self.skipValue()
            return nil
        }
    }

    package mutating func readString() throws -> String {
        self.skipSpace()
        let (content, isEscaped) = try self.skipString()
        return try self.text(content, isEscaped: isEscaped)
    }

    /// The text of a key.
    package func text(_ key: JSONKey) throws -> String { try self.text(key.range, isEscaped: key.isEscaped) }

    package func matches(_ key: JSONKey, _ name: StaticString) -> Bool {
        !key.isEscaped && self.bytes.span.holds(name, at: key.range)
    }

    /// To be called after the outermost value.
    ///
    /// - Throws: ``Failure`` when anything follows.
    package mutating func finish() throws {
        self.skipSpace()
        guard self.position == self.end else { throw self.failure("something follows the value") }
    }

    // MARK: Passing over

    /// Passes over a value of any kind, checking its form.
    ///
    /// - Returns: Where it is.
    @discardableResult
    package mutating func skipValue() throws -> Range<Int> {
        self.skipSpace()
        let start = self.position
        // One bit a level: 1 for an object, 0 for an array.
        var isObject: UInt64 = 0
        var depth = 0
        var wantsValue = true
        while true {
            if wantsValue {
                switch try self.kind() {
                case .string: _ = try self.skipString()
                case .number: try self.skipNumber()
                case .literal: try self.skipLiteral()
                case .object, .array:
                    let opensObject = self.bytes[self.position] == UInt8(ascii: "{")
                    self.position += 1
                    guard depth < Self.maxDepth else { throw self.failure("nested too deep") }
                    if !self.take(UInt8(ascii: opensObject ? "}" : "]")) {
                        depth += 1
                        isObject = isObject << 1 | (opensObject ? 1 : 0)
                        if opensObject { try self.skipKey() }
                        continue
                    }
                }
                wantsValue = false
            }
            if depth == 0 { return start..<self.position }
            if self.take(UInt8(ascii: ",")) {
                if isObject & 1 == 1 { try self.skipKey() }
                wantsValue = true
            } else {
                try self.expect(isObject & 1 == 1 ? UInt8(ascii: "}") : UInt8(ascii: "]"))
                depth -= 1
                isObject >>= 1
            }
        }
    }

    private mutating func skipKey() throws {
        self.skipSpace()
        _ = try self.skipString()
        try self.expect(UInt8(ascii: ":"))
    }

    /// - Returns: Where the text between the quotes is.
    private mutating func skipString() throws -> (content: Range<Int>, isEscaped: Bool) {
        guard self.position < self.end, self.bytes[self.position] == UInt8(ascii: "\"") else {
            throw self.failure("a string has to begin here")
        }
        let start = self.position + 1
        var index = start
        var isEscaped = false
        let bytes = self.bytes
        let span = bytes.span
        while true {
            index = JSONText.plainEnd(span, from: index, to: self.end)
            guard index < self.end else {
                self.position = index
                throw self.failure("a string does not end")
            }
            switch span[index] {
            case UInt8(ascii: "\""):
                self.position = index + 1
                return (start..<index, isEscaped)
            case UInt8(ascii: "\\"):
                guard let next = JSONText.escapeEnd(span, at: index, to: self.end) else {
                    self.position = index
                    throw self.failure("an escape is unreadable")
                }
                isEscaped = true
                index = next
            default:
                self.position = index
                throw self.failure("a control character in a string")
            }
        }
    }

    private mutating func skipNumber() throws {
        _ = self.takeByte(UInt8(ascii: "-"))
        let integer = self.skipDigits()
        let isPadded = integer.count > 1 && self.bytes[integer.lowerBound] == UInt8(ascii: "0")
        guard !integer.isEmpty, !isPadded else { throw self.failure("no number") }
        if self.takeByte(UInt8(ascii: ".")), self.skipDigits().isEmpty { throw self.failure("no number") }
        if self.takeByte(UInt8(ascii: "e")) || self.takeByte(UInt8(ascii: "E")) {
            if !self.takeByte(UInt8(ascii: "-")) { _ = self.takeByte(UInt8(ascii: "+")) }
            guard !self.skipDigits().isEmpty else { throw self.failure("no number") }
        }
    }

    private mutating func skipDigits() -> Range<Int> {
        let start = self.position
        while self.position < self.end, self.bytes[self.position] &- UInt8(ascii: "0") < 10 { self.position += 1 }
        return start..<self.position
    }

    private mutating func skipLiteral() throws {
        for literal in ["true", "false", "null"] as [StaticString] {
            let range = self.position..<(self.position + literal.utf8CodeUnitCount)
            if range.upperBound <= self.end, self.bytes.span.holds(literal, at: range) {
                self.position = range.upperBound
                return
            }
        }
        throw self.failure("no value begins here")
    }

    private mutating func skipSpace() {
        while self.position < self.end, self.bytes[self.position].isMarkupSpace { self.position += 1 }
    }

    /// Takes white space and `byte`, if that is next.
    private mutating func take(_ byte: UInt8) -> Bool {
        self.skipSpace()
        return self.takeByte(byte)
    }

    private mutating func takeByte(_ byte: UInt8) -> Bool {
        guard self.position < self.end, self.bytes[self.position] == byte else { return false }
        self.position += 1
        return true
    }

    private mutating func expect(_ byte: UInt8) throws {
        guard self.take(byte) else {
            throw self.failure("'\(Character(Unicode.Scalar(byte)))' has to come here")
        }
    }

    private func text(_ range: Range<Int>, isEscaped: Bool) throws -> String {
        guard isEscaped else { return String(decoding: self.bytes[range], as: UTF8.self) }
        guard let text = JSONText.unescaped(self.bytes[range]) else {
            throw self.failure("an escape is unreadable", at: range.lowerBound)
        }
        return text
    }

    private func failure(_ reason: String, at position: Int? = nil) -> Failure {
        Failure(reason: reason, position: position ?? self.position)
    }
}

/// A key, by its place: most keys are only compared.
package struct JSONKey {
    package var range: Range<Int>
    package var isEscaped: Bool
}
