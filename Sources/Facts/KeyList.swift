/// The keys of a listing, in one piece of memory and in the order of their bytes.
///
/// Listings have hundreds of thousands of names, of which nothing may be believed before the last one was read.
package struct KeyList: Sendable {
    private var bytes: [UInt8] = []
    /// Where each key ends.
    private var ends: [UInt32] = []
    private var isInOrder = true

    package init() {}

    package var count: Int { self.ends.count }

    package mutating func append(_ key: String) {
        let start = self.bytes.count
        self.bytes.append(contentsOf: key.utf8)
        if let last = self.ends.indices.last {
            self.isInOrder = self.isInOrder && self[utf8: last].lexicographicallyPrecedes(self.bytes[start...])
        }
        self.ends.append(UInt32(clamping: self.bytes.count))
    }

    /// Puts the keys in order, each once; those that came in order are only looked at.
    package mutating func sort() {
        if self.isInOrder { return }
        let order = self.ends.indices.sorted { self[utf8: $0].lexicographicallyPrecedes(self[utf8: $1]) }
        var sorted = KeyList()
        sorted.bytes.reserveCapacity(self.bytes.count)
        sorted.ends.reserveCapacity(self.ends.count)
        for index in order {
            let key = self[utf8: index]
            if let last = sorted.ends.indices.last, sorted[utf8: last].elementsEqual(key) { continue }
            sorted.bytes.append(contentsOf: key)
            sorted.ends.append(UInt32(clamping: sorted.bytes.count))
        }
        self = sorted
    }

    package subscript(index: Int) -> String { String(decoding: self[utf8: index], as: UTF8.self) }

    /// Whether the key at a place comes before `key`.
    package func precedes(_ key: String, at index: Int) -> Bool {
        self[utf8: index].lexicographicallyPrecedes(key.utf8)
    }

    /// Whether `key` is at a place, byte for byte.
    package func equals(_ key: String, at index: Int) -> Bool { self[utf8: index].elementsEqual(key.utf8) }

    /// Whether a key is in the list, which was sorted.
    package func contains(_ key: String) -> Bool {
        var (low, high) = (0, self.count)
        while low < high {
            let middle = low + (high - low) / 2
            if self.precedes(key, at: middle) { low = middle + 1 } else { high = middle }
        }
        return low < self.count && self.equals(key, at: low)
    }

    private subscript(utf8 index: Int) -> ArraySlice<UInt8> {
        self.bytes[(index == 0 ? 0 : Int(self.ends[index - 1]))..<Int(self.ends[index])]
    }
}
