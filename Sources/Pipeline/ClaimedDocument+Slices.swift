import Store

extension Array<ClaimedDocument> {
    /// In their order, cut so that the contents of each slice have no more than so many bytes, or are one document's.
    func slices(of bytes: Int) -> [ArraySlice<ClaimedDocument>] {
        var slices: [ArraySlice<ClaimedDocument>] = []
        var (start, rest) = (self.startIndex, bytes)
        for (index, document) in self.enumerated() {
            if document.size > rest, index > start {
                slices.append(self[start..<index])
                (start, rest) = (index, bytes)
            }
            rest -= Swift.min(document.size, rest)
        }
        if start < self.endIndex { slices.append(self[start...]) }
        return slices
    }
}
