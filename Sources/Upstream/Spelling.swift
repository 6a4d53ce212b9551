/// What somebody meant who wrote a name that is not known.
package enum Spelling {
    /// The end of a message about an unknown name: `; did you mean 'url'?`, else all names where they are few.
    package static func remedy(_ name: String, _ known: [String]) -> String {
        if let meant = self.nearest(name, known) { return "; did you mean '\(meant)'?" }
        if known.isEmpty { return "; leave it out" }
        // More than a handful are no help in a message.
        return known.count > 12 ? "; the reference has all" : "; known are: \(known.joined(separator: ", "))"
    }

    /// The name that differs the least, in at most a third of its letters.
    package static func nearest(_ name: String, _ known: [String]) -> String? {
        // Longer ones are no misspellings, and the cost is the product of both lengths.
        guard name.utf8.count <= 64 else { return nil }
        return known.filter { $0.utf8.count <= 64 }.map { ($0, self.distance(Array(name.utf8), Array($0.utf8))) }
            .filter { $0.1 <= max(1, $0.0.utf8.count / 3) }
            .min { $0.1 < $1.1 }?.0
    }

    /// How many letters have to be added, left out, replaced or swapped with their neighbour.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var cost = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
                row.append(cost)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
