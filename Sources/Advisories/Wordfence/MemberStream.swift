import NIOCore
import Wire

/// Takes a JSON object apart into its members while it comes in: of one with a hundred megabytes, a record is held.
///
/// What is inside of a record is not judged here; only quotes and brackets are followed.
struct MemberStream {
    /// Why the text is no object of members.
    struct Failure: Error, CustomStringConvertible { var description: String }

    private enum Place {
        case beforeObject, beforeKey, inKey, beforeColon, beforeValue, inValue, afterValue, afterObject
    }

    /// Bytes of a key, and of a value, beyond which it is not kept.
    private let maxKeyBytes = 200
    private let maxValueBytes: Int
    private var place = Place.beforeObject
    private var mayEnd = true
    private var key: [UInt8] = []
    private var value: [UInt8] = []
    private var isOversized = false
    private var depth = 0
    private var isInString = false
    private var isEscaped = false

    init(maxValueBytes: Int) { self.maxValueBytes = maxValueBytes }

    /// Whether the object has ended.
    var isComplete: Bool { self.place == .afterObject }

    /// - Parameter onMember: Gets each member, its key as it is spelled; its value is nil where it is larger than allowed.
    /// - Throws: ``Failure``, or what `onMember` throws.
    mutating func read(_ chunk: ByteBuffer, onMember: (_ key: String, _ value: [UInt8]?) throws -> Void) throws {
        let bytes = Array(chunk.readableBytesView)
        var index = 0
        while index < bytes.count {
            // Most of a feed is the insides of strings.
            if self.place == .inValue, self.isInString, !self.isEscaped {
                let end = JSONText.plainEnd(bytes.span, from: index, to: bytes.count)
                self.keep(bytes[index..<end])
                index = end
                guard index < bytes.count else { return }
            }
            switch self.place {
            case .inValue: try self.readValue(bytes[index], onMember)
            case .inKey: try self.readKey(bytes[index])
            default: try self.readBetween(bytes[index], onMember)
            }
            index += 1
        }
    }

    private mutating func readBetween(_ byte: UInt8, _ onMember: (String, [UInt8]?) throws -> Void) throws {
        if byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { return }
        switch (self.place, byte) {
        case (.beforeObject, UInt8(ascii: "{")): self.place = .beforeKey
        case (.beforeKey, UInt8(ascii: "\"")):
            self.key.removeAll(keepingCapacity: true)
            self.place = .inKey
        case (.beforeKey, UInt8(ascii: "}")) where self.mayEnd, (.afterValue, UInt8(ascii: "}")):
            self.place = .afterObject
        case (.beforeColon, UInt8(ascii: ":")): self.place = .beforeValue
        case (.beforeValue, _):
            (self.depth, self.isInString, self.isEscaped, self.isOversized) = (0, false, false, false)
            self.value.removeAll(keepingCapacity: true)
            self.place = .inValue
            try self.readValue(byte, onMember)
        case (.afterValue, UInt8(ascii: ",")):
            (self.place, self.mayEnd) = (.beforeKey, false)
        default:
            throw Failure(description: "'\(Character(Unicode.Scalar(byte)))' in a place where it can't be")
        }
    }

    private mutating func readKey(_ byte: UInt8) throws {
        if byte == UInt8(ascii: "\""), !self.isEscaped {
            self.place = .beforeColon
            return
        }
        self.isEscaped = byte == UInt8(ascii: "\\") && !self.isEscaped
        guard self.key.count < self.maxKeyBytes else { throw Failure(description: "a key without end") }
        self.key.append(byte)
    }

    private mutating func readValue(_ byte: UInt8, _ onMember: (String, [UInt8]?) throws -> Void) throws {
        if self.isInString {
            self.keep(byte)
            if self.isEscaped {
                self.isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                self.isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                self.isInString = false
            }
            return
        }
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["): self.depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ","):
            if self.depth == 0 {
                try self.finish(onMember)
                return try self.readBetween(byte, onMember)
            }
            if byte != UInt8(ascii: ",") { self.depth -= 1 }
        case UInt8(ascii: "\""): self.isInString = true
        default: break
        }
        self.keep(byte)
    }

    private mutating func finish(_ onMember: (String, [UInt8]?) throws -> Void) throws {
        self.place = .afterValue
        try onMember(String(decoding: self.key, as: UTF8.self), self.isOversized ? nil : self.value)
    }

    private mutating func keep(_ byte: UInt8) { self.keep(CollectionOfOne(byte)) }

    private mutating func keep(_ bytes: some Collection<UInt8>) {
        guard !self.isOversized else { return }
        guard self.value.count + bytes.count <= self.maxValueBytes else {
            self.isOversized = true
            self.value = []
            return
        }
        self.value.append(contentsOf: bytes)
    }
}
