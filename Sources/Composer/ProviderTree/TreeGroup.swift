/// The packages that one listing of the v1 tree names: those whose places are in a range.
///
/// A package's place is the beginning of its name's hash, so that groups are equally large, and a package stays in its
/// group whatever else there is. A group that has grown too large becomes two halves; all others stay as they are.
package struct TreeGroup: Hashable, Sendable {
    /// One listing names no more packages than this.
    package static let mostNames = 1_500
    package static let everything = TreeGroup(first: 0, last: 0xFFFF_FFFF)

    /// The first and the last place that belong to it.
    package let first: Int64
    package let last: Int64

    package init(first: Int64, last: Int64) {
        self.first = first
        self.last = last
    }

    /// 0 to 2³² − 1.
    package static func place(of package: String) -> Int64 {
        ContentHash(of: package.utf8).bytes.prefix(4).reduce(Int64(0)) { $0 << 8 | Int64($1) }
    }

    /// Nil where it is a single place.
    package var halves: (TreeGroup, TreeGroup)? {
        guard self.first < self.last else { return nil }
        let middle = self.first + (self.last - self.first) / 2
        return (TreeGroup(first: self.first, last: middle), TreeGroup(first: middle + 1, last: self.last))
    }

    package func contains(_ other: TreeGroup) -> Bool { self.first <= other.first && other.last <= self.last }

    /// That of its listing: where it begins, and how many bits of a place all of the group have in common.
    package var listingName: String {
        let digits = String(self.first, radix: 16)
        let bits = 32 - (self.last - self.first + 1).trailingZeroBitCount
        return "provider-\(String(repeating: "0", count: 8 - digits.utf8.count))\(digits)-\(bits)"
    }
}
