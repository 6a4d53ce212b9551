extension Sequence<UInt8> {
    /// The bytes with one to five damages: some are replaced, cut out, cut off or there twice, or a piece is put between
    /// them, as it is or out of order.
    ///
    /// - Parameter pieces: What is between them then: what the reader knows a meaning of.
    package func spoilt(with pieces: [String], _ random: inout SplitMix) -> [UInt8] {
        var bytes = Array(self)
        for _ in 0...Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0...5, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.removeSubrange(place..<Swift.min(bytes.count, place + Int.random(in: 1...40, using: &random)))
            case 2: bytes.insert(contentsOf: bytes[place..<Swift.min(bytes.count, place + 30)], at: place)
            case 3: bytes.insert(contentsOf: (pieces.randomElement(using: &random) ?? "").utf8, at: place)
            case 4:
                let piece = pieces.randomElement(using: &random) ?? ""
                bytes.insert(contentsOf: piece.utf8.shuffled(using: &random), at: place)
            default: bytes.removeLast(bytes.count - place)
            }
        }
        return bytes
    }
}
