import Composer
import Facts

/// How far a Composer repository was taken in, as text: what it offers, and what tells that nothing has changed since.
///
///     feed 17326140636710498 https://packagist.org/metadata/changes.json 5d81…
///     tree 1f0c9a3b5d7e2468 3a94…=9be1… 77c0…=02dd…
///
/// Whatever else stands there is nothing that is known: then everything is looked at again.
enum RepositoryPosition: Equatable {
    /// Up to a timestamp of the feed at that address, exclusive, which the root of that sign names.
    case feed(timestamp: Int64, url: String, root: String)
    /// Of files that are named by hash: the sign of the root, empty before all of them were taken in, and those that were.
    case files(RepositoryRoot.Offer, sign: String, known: [String: String])

    init?(_ position: Position?) {
        guard let words = position?.text.split(separator: " ").map(String.init), words.count >= 2 else { return nil }
        guard let offer = RepositoryRoot.Offer(rawValue: words[0]) else { return nil }
        if offer == .feed {
            guard words.count == 4, let timestamp = Int64(words[1]) else { return nil }
            self = .feed(timestamp: timestamp, url: words[2], root: words[3])
            return
        }
        let known = words.dropFirst(2).map {
            $0.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        }
        guard known.allSatisfy({ $0.count == 2 }) else { return nil }
        let pairs = known.map { ($0[0], $0[1]) }
        self = .files(
            offer,
            sign: words[1] == "-" ? "" : words[1],
            known: Dictionary(pairs, uniquingKeysWith: { $1 })
        )
    }

    var position: Position {
        switch self {
        case .feed(let timestamp, let url, let root): return Position("feed \(timestamp) \(url) \(root)")
        case .files(let offer, let sign, let known):
            let words = known.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
            return Position("\(offer.rawValue) \(sign.isEmpty ? "-" : sign)\(words.joined())")
        }
    }

    /// A short name of anything that is compared and never read: 64 bits of its hash.
    static func sign(_ text: String) -> String { String(ContentHash(of: Array(text.utf8)).hexadecimal.prefix(16)) }
}
