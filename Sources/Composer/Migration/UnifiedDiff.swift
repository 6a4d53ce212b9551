/// A change of a text in the form that `diff -u` prints and `patch` reads.
package struct UnifiedDiff {
    /// Lines that give way to others.
    private struct Block {
        var old: Range<Int>
        var new: [ArraySlice<UInt8>]
    }

    private static let context = 3

    private let lines: [ArraySlice<UInt8>]
    private var blocks: [Block] = []
    private let path: String

    package init(_ bytes: [UInt8], _ edits: ByteEdits, path: String) {
        self.path = path
        self.lines = Self.lines(bytes[...])
        // The line that each edit begins and ends in; edits that meet in a line are one block.
        var ranges: [Range<Int>] = []
        for edit in edits.sorted {
            let first = self.line(of: edit.range.lowerBound)
            let last = self.line(of: max(edit.range.lowerBound, edit.range.upperBound - 1))
            if let previous = ranges.last, previous.upperBound > first {
                ranges[ranges.count - 1] = previous.lowerBound..<max(previous.upperBound, last + 1)
            } else {
                ranges.append(first..<(last + 1))
            }
        }
        for range in ranges where !range.isEmpty && range.upperBound <= self.lines.count {
            let place = self.lines[range.lowerBound].startIndex..<self.lines[range.upperBound - 1].endIndex
            var new = Self.lines(edits.applied(to: bytes, in: place)[...])
            var old = range
            while let line = new.first, !old.isEmpty, line.elementsEqual(self.lines[old.lowerBound]) {
                new.removeFirst()
                old = (old.lowerBound + 1)..<old.upperBound
            }
            while let line = new.last, !old.isEmpty, line.elementsEqual(self.lines[old.upperBound - 1]) {
                new.removeLast()
                old = old.lowerBound..<(old.upperBound - 1)
            }
            if let last = self.blocks.last, last.old.upperBound == old.lowerBound {
                self.blocks[self.blocks.count - 1] = Block(
                    old: last.old.lowerBound..<old.upperBound,
                    new: last.new + new
                )
            } else if !old.isEmpty || !new.isEmpty {
                self.blocks.append(Block(old: old, new: new))
            }
        }
    }

    /// With their ends.
    private static func lines(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var rest = bytes
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? rest.endIndex
            lines.append(rest[..<end])
            rest = rest[end...]
        }
        return lines
    }

    private func line(of position: Int) -> Int {
        var low = 0
        var high = self.lines.count
        while low < high {
            let middle = (low + high) / 2
            if self.lines[middle].endIndex <= position { low = middle + 1 } else { high = middle }
        }
        return min(low, max(0, self.lines.count - 1))
    }

    /// Empty where nothing changes.
    package var bytes: [UInt8] {
        guard !self.blocks.isEmpty else { return [] }
        var written = Array("--- \(self.path)\n+++ \(self.path)\n".utf8)
        var shift = 0
        var rest = self.blocks[...]
        while let first = rest.first {
            var hunk = [first]
            rest.removeFirst()
            while let next = rest.first, next.old.lowerBound - hunk[hunk.count - 1].old.upperBound <= 2 * Self.context {
                hunk.append(next)
                rest.removeFirst()
            }
            shift += self.write(hunk, shift: shift, to: &written)
        }
        return written
    }

    /// - Returns: How many lines more there are after it.
    private func write(_ hunk: [Block], shift: Int, to written: inout [UInt8]) -> Int {
        let start = max(0, hunk[0].old.lowerBound - Self.context)
        let end = min(self.lines.count, hunk[hunk.count - 1].old.upperBound + Self.context)
        let more = hunk.reduce(0) { $0 + $1.new.count - $1.old.count }
        written += "@@ -\(start + 1),\(end - start) +\(start + 1 + shift),\(end - start + more) @@\n".utf8
        var position = start
        for block in hunk {
            for line in self.lines[position..<block.old.lowerBound] { Self.write(" ", line, to: &written) }
            for line in self.lines[block.old] { Self.write("-", line, to: &written) }
            for line in block.new { Self.write("+", line, to: &written) }
            position = block.old.upperBound
        }
        for line in self.lines[position..<end] { Self.write(" ", line, to: &written) }
        return more
    }

    private static func write(_ sign: Unicode.Scalar, _ line: ArraySlice<UInt8>, to written: inout [UInt8]) {
        written.append(UInt8(ascii: sign))
        written += line
        if line.last != UInt8(ascii: "\n") { written += "\n\\ No newline at end of file\n".utf8 }
    }
}
