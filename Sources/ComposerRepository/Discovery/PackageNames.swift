import Wire

/// A list of all packages, as `list` of a root names it: `{"packageNames":["acme/a"]}`.
package enum PackageNames {
    /// Hands each name, in lower case, to `onName` in one pass; names can come twice.
    ///
    /// - Throws: ``UnreadableAnswer`` where it is no such list or ends early: what `onName` got is worth nothing then. Or
    ///   what `onName` throws.
    package static func read(_ bytes: [UInt8], onName: (String) throws -> Void) throws -> FormatTally {
        let expected = "list of packages"
        return try UnreadableAnswer.reading(expected) {
            var reader = JSONReader(bytes)
            var tally: FormatTally?
            guard try reader.kind() == .object else { throw UnreadableAnswer(expected, "it is no JSON object") }
            try reader.readObject { reader, key in
                let isList = try reader.matches(key, "packageNames") && reader.isCollection()
                if isList { tally = try self.read(&reader, onName) } else { try reader.skipValue() }
            }
            try reader.finish()
            guard let tally else { throw UnreadableAnswer(expected, "'packageNames' is missing") }
            return tally
        }
    }

    /// Reads the list itself.
    static func read(_ reader: inout JSONReader, _ onName: (String) throws -> Void) throws -> FormatTally {
        var damaged = 0
        var unusableNames = 0
        try reader.readTexts(
            { name in
                if let key = PackageKey.of(name) { try onName(key) } else { unusableNames += 1 }
            },
            onOther: { damaged += 1 }
        )
        var tally = FormatTally()
        tally.damaged = damaged
        tally.unusableNames = unusableNames
        return tally
    }
}
