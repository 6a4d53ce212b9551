import Wire

/// What a minified list says so far: `MetadataMinifier::expand`, one version at a time.
///
/// A null counts as no member at all, as it does to Composer.
package struct VersionState {
    package struct Member: Equatable {
        /// Without its quotes, as upstream spells it.
        package var key: ArraySlice<UInt8>
        package var value: ArraySlice<UInt8>
        /// Where it stands among the others.
        package var order: Int

        package init(key: ArraySlice<UInt8>, value: ArraySlice<UInt8>, order: Int) {
            self.key = key
            self.value = value
            self.order = order
        }
    }

    /// By the text of their keys.
    package private(set) var members: [[UInt8]: Member] = [:]
    private var nextOrder = 0

    package init() {}

    package var inOrder: [Member] { self.members.values.sorted { $0.order < $1.order } }

    /// Forgets everything.
    ///
    /// - Returns: The keys of what there was.
    package mutating func clear() -> [[UInt8]] {
        defer { self.members = [:] }
        return Array(self.members.keys)
    }

    /// Takes on what the version at `range` says; one that is no object says nothing.
    ///
    /// - Returns: The keys that it names.
    package mutating func apply(_ range: Range<Int>, of bytes: [UInt8]) throws -> [[UInt8]] {
        guard bytes[range.lowerBound] == UInt8(ascii: "{") else { return [] }
        var reader = JSONReader(bytes, at: range)
        var touched: [[UInt8]] = []
        try reader.readObject { reader, key in
            let text = key.isEscaped ? Array(try reader.text(key).utf8) : Array(bytes[key.range])
            let value = try reader.skipValue()
            touched.append(text)
            if Self.saysNothing(value, of: bytes) {
                self.members[text] = nil
            } else {
                self.set(text, spelled: bytes[key.range], to: bytes[value])
            }
        }
        return touched
    }

    /// Sets a member, where it stands or last.
    package mutating func set(_ key: [UInt8], spelled spelling: ArraySlice<UInt8>, to value: ArraySlice<UInt8>) {
        if self.members[key] == nil { self.nextOrder += 1 }
        let order = self.members[key]?.order ?? self.nextOrder
        self.members[key] = Member(key: spelling, value: value, order: order)
    }

    /// Whether a value is null or takes its member away.
    private static func saysNothing(_ range: Range<Int>, of bytes: [UInt8]) -> Bool {
        bytes[range.lowerBound] == UInt8(ascii: "n") || bytes.span.holds("\"__unset\"", at: range)
    }
}
