import FoundationEssentials

/// What a version's document says of the package as a whole, in Composer's own fields.
struct PublishedDetails: Decodable, Equatable {
    struct Author: Decodable, Equatable {
        var name: String?
        var homepage: String?
    }

    var type: String?
    var license: [String] = []
    var authors: [Author] = []
    var homepage: String?
    /// Where its code is.
    var source: String?
    /// Where to ask, to read on, to report; by what Composer calls it.
    var support: [(name: String, address: String)] = []
    var require: [(name: String, constraint: String)] = []
    /// Whether its authors have given it up, and what they name in its place.
    var isAbandoned = false
    var replacement: String?

    init() {}

    private enum CodingKeys: CodingKey { case type, license, authors, homepage, source, support, require, abandoned }
    private struct Source: Decodable { var url: String? }

    /// What is of another form than Composer's is as if it were not there.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func value<Value: Decodable>(_ key: CodingKeys, _ type: Value.Type = Value.self) -> Value? {
            try? container.decode(type, forKey: key)
        }
        self.type = value(.type)
        self.license = value(.license, [String].self) ?? value(.license, String.self).map { [$0] } ?? []
        self.authors = (value(.authors, [Author].self) ?? []).filter { $0.name?.isEmpty == false }
        self.homepage = value(.homepage)
        self.source = value(.source, Source.self)?.url
        self.support = (value(.support, [String: String].self) ?? [:]).sorted { $0.key < $1.key }
            .map { ($0.key, $0.value) }
        self.require = (value(.require, [String: String].self) ?? [:]).sorted { $0.key < $1.key }
            .map { ($0.key, $0.value) }
        self.replacement = value(.abandoned, String.self)
        self.isAbandoned = self.replacement != nil || value(.abandoned, Bool.self) == true
    }

    static func == (a: Self, b: Self) -> Bool {
        a.type == b.type && a.license == b.license && a.authors == b.authors && a.homepage == b.homepage
            && a.source == b.source && a.isAbandoned == b.isAbandoned && a.replacement == b.replacement
            && a.support.elementsEqual(b.support, by: ==) && a.require.elementsEqual(b.require, by: ==)
    }
}
