/// Random strings over the words that the rules of versions know; the same in every run.
package enum RandomVersions {
    package static let all: [String] = {
        var random = SplitMix(seed: 2024)
        let words = [
            "v", "V", "0", "1", "12", "123", "2010", "01", "123456", ".", ".", ".", "-", "-", "_", ":", "+", "@", ",",
            "#", "dev",
            "DEV", "dev-", "-dev", ".x", "x", "X", "*", "beta", "b", "RC", "rc", "alpha", "A", "patch", "pl", "P",
            "stable",
            "STABLE", " ", " as ", "\t", "\n", "\r", "\u{0}", "\u{0C}", "master", "trunk", "é", "1.0", "2.3.4",
        ]
        return (0..<60_000).map { _ in
            (0...random.next(below: 7)).map { _ in words[random.next(below: words.count)] }.joined()
        }
    }()
}
