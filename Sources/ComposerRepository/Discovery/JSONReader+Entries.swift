import Wire

/// JSON as PHP writes and Composer takes it: an empty map is `[]`, a list that lost elements is a map, and types vary.
extension JSONReader {
    /// Reads the members of a map or the elements of a list; `onEntry` has to read or skip each value.
    ///
    /// - Returns: false where the value is neither: it was passed over.
    @discardableResult
    mutating func readEntries(_ onEntry: (inout JSONReader, _ key: JSONKey?) throws -> Void) throws -> Bool {
        switch try self.kind() {
        case .object: try self.readObject { reader, key in try onEntry(&reader, key) }
        case .array: try self.readArray { reader, _ in try onEntry(&reader, nil) }
        default:
            try self.skipValue()
            return false
        }
        return true
    }

    /// Reads the texts of a list, or of a map's values; what is none goes to `onOther`.
    @discardableResult
    mutating func readTexts(_ onText: (String) throws -> Void, onOther: () -> Void) throws -> Bool {
        try self.readEntries { reader, _ in
            if let text = try reader.readText() { try onText(text) } else { onOther() }
        }
    }

    /// Whether the next value is a map or a list.
    mutating func isCollection() throws -> Bool {
        switch try self.kind() {
        case .object, .array: true
        case .string, .number, .literal: false
        }
    }

    /// Reads the members of a map; anything else is passed over, and is as a map without members.
    ///
    /// - Returns: Whether it was a map, or what PHP writes for one without members: `[]` or null.
    @discardableResult
    mutating func readMembers(_ onMember: (inout JSONReader, _ key: JSONKey) throws -> Void) throws -> Bool {
        guard try self.isCollection() else { return self.bytes[try self.skipValue()].first == UInt8(ascii: "n") }
        var isMap = true
        try self.readEntries { reader, key in
            if let key {
                try onMember(&reader, key)
            } else {
                isMap = false
                try reader.skipValue()
            }
        }
        return isMap
    }

    /// What PHP takes for true.
    mutating func readTruth() throws -> Bool {
        switch try self.kind() {
        case .string:
            let text = try self.readString()
            return text != "" && text != "0"
        case .number:
            return try self.readText().flatMap(Double.init) != 0
        case .literal:
            return self.bytes[try self.skipValue()].first == UInt8(ascii: "t")
        case .object, .array:
            var isEmpty = true
            try self.readEntries { reader, _ in
                isEmpty = false
                try reader.skipValue()
            }
            return !isEmpty
        }
    }

    /// A whole number, also written as a text or with a fraction of zeros; nil for anything else, which is passed over.
    mutating func readInteger() throws -> Int64? {
        let isNumber = try self.kind() == .number
        guard let text = try self.readText() else { return nil }
        if let number = Int64(text) { return number }
        // Above 2^53 a Double no longer tells neighbours apart.
        guard isNumber, let number = Double(text), number.magnitude < 0x1p53 else { return nil }
        return Int64(exactly: number)
    }
}
