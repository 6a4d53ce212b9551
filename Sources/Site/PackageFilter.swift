import Composer

/// Which packages a list or a search is about.
///
/// - `filter`: the whole name, case-insensitive, where `*` stands for any characters.
/// - `vendor`: the part before the slash.
/// - `type`: a Composer package type; one that is not here has no packages.
struct PackageFilter {
    /// What is wrong with a parameter, and what it takes.
    struct Refusal: Error {
        var message: String
    }

    private static let longest = 200

    private let pattern: [[UInt8]]?
    private let vendor: String?
    private let type: String?

    init(_ query: QueryString) throws(Refusal) {
        let names = ["filter", "vendor", "type"]
        if let list = names.first(where: { query.has("\($0)[]") }) {
            throw Refusal(message: "'\(list)' takes one value, not a list")
        }
        let filter = query["filter"]
        self.vendor = query["vendor"]?.lowercased()
        self.type = query["type"]?.lowercased()
        if let filter, filter.utf8.count > Self.longest || filter.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            throw Refusal(
                message:
                    "'filter' takes a package name of at most \(Self.longest) bytes, in which * stands for any text"
            )
        }
        if let vendor, !PackageName.isValid("\(vendor)/x") {
            throw Refusal(message: "'vendor' takes the part of a package name before the slash, such as acme")
        }
        if let type, type.utf8.count > Self.longest || !type.utf8.allSatisfy(Self.isOfTypeName) {
            throw Refusal(message: "'type' takes a Composer package type, such as library")
        }
        self.pattern = filter?.lowercased().split(separator: "*", omittingEmptySubsequences: false).map {
            Array($0.utf8)
        }
    }

    func matches(name: String, type: String) -> Bool {
        if let wanted = self.type, wanted != type { return false }
        if let vendor, !(name.hasPrefix(vendor) && name.dropFirst(vendor.count).first == "/") { return false }
        guard let pattern else { return true }
        return name.utf8.withContiguousStorageIfAvailable { Self.matches(pattern, $0) }
            ?? Self.matches(pattern, Array(name.utf8))
    }

    private static func isOfTypeName(_ byte: UInt8) -> Bool {
        (97...122).contains(byte) || (48...57).contains(byte) || byte == UInt8(ascii: "-")
    }

    /// Whether `text` is the parts in order with anything in between: the first earliest place of each part will do.
    ///
    /// No part is looked for before the end of the one before it, so that no pattern takes longer than the length of a
    /// name times that of a part.
    private static func matches(_ parts: [[UInt8]], _ text: some RandomAccessCollection<UInt8>) -> Bool {
        guard let first = parts.first, let last = parts.last, text.starts(with: first) else { return false }
        if parts.count == 1 { return text.count == first.count }
        var rest = text.dropFirst(first.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            while !rest.starts(with: part) {
                if rest.count <= part.count { return false }
                rest = rest.dropFirst()
            }
            rest = rest.dropFirst(part.count)
        }
        return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last)
    }
}
