/// Changes of some bytes of a document; all others stay.
package struct ByteEdits {
    /// A member of an object, or an element of a list.
    package struct Part {
        package var range: Range<Int>
        package var isCut: Bool

        package init(range: Range<Int>, isCut: Bool = false) {
            self.range = range
            self.isCut = isCut
        }
    }

    private var edits: [(range: Range<Int>, bytes: [UInt8])] = []

    package init() {}

    package var isEmpty: Bool { self.edits.isEmpty }

    package mutating func replace(_ range: Range<Int>, with bytes: [UInt8]) { self.edits.append((range, bytes)) }

    package mutating func insert(_ bytes: [UInt8], at place: Int) { self.edits.append((place..<place, bytes)) }

    /// Takes those of `parts`, of one object or list, that are cut, with the comma of each.
    package mutating func cut(_ parts: [Part]) {
        var lastKept: Int?
        for (index, part) in parts.enumerated() {
            guard part.isCut else {
                lastKept = index
                continue
            }
            if lastKept != nil {
                self.replace(parts[index - 1].range.upperBound..<part.range.upperBound, with: [])
            } else {
                let next = index + 1 < parts.count ? parts[index + 1].range.lowerBound : part.range.upperBound
                self.replace(part.range.lowerBound..<next, with: [])
            }
        }
    }

    /// In the order of their places.
    package var sorted: [(range: Range<Int>, bytes: [UInt8])] {
        self.edits.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    /// `range` of `bytes` with the changes that lie in it.
    package func applied(to bytes: [UInt8], in range: Range<Int>) -> [UInt8] {
        let edits = self.sorted
        var written: [UInt8] = []
        written.reserveCapacity(range.count + edits.reduce(0) { $0 + $1.bytes.count })
        var position = range.lowerBound
        for edit in edits where edit.range.lowerBound >= position && edit.range.upperBound <= range.upperBound {
            written.append(contentsOf: bytes[position..<edit.range.lowerBound])
            written.append(contentsOf: edit.bytes)
            position = edit.range.upperBound
        }
        written.append(contentsOf: bytes[position..<range.upperBound])
        return written
    }
}
