import Composer
import Wire

/// Sorts the versions of `packages` by the names that stand in them.
struct VersionCollector {
    private struct Found {
        let name: String
        var versions: [Range<Int>] = []
        var value: Range<Int>?
    }

    private(set) var tally = FormatTally()
    private var found: [Found] = []
    private var places: [String: Int] = [:]

    mutating func read(_ reader: inout JSONReader) throws {
        guard try reader.isCollection() else {
            if try reader.readTruth() { self.tally.damaged += 1 }
            return
        }
        try reader.readEntries { reader, _ in
            // Known before anything of it is read: whether the value is one package's alone.
            let range = try reader.skipValue()
            var inner = JSONReader(reader.bytes, at: range)
            try self.readValue(&inner, at: range)
        }
    }

    private mutating func readValue(_ reader: inout JSONReader, at range: Range<Int>) throws {
        var isWhole = true
        var only: Int?
        var last: (text: String, place: Int)?
        let isThere = try reader.readEntries { reader, _ in
            guard let version = try Self.readVersion(&reader) else {
                self.tally.damaged += 1
                isWhole = false
                return
            }
            // All versions of a value mostly have one name, and it is looked up once.
            // By bytes: the sign of the Kelvin and a K are equal as strings.
            if last.map({ $0.text.utf8.elementsEqual(version.name.utf8) }) != true {
                guard let place = self.place(version.name) else {
                    self.tally.unusableNames += 1
                    isWhole = false
                    return
                }
                isWhole =
                    isWhole && (only == nil || only == place) && (only != nil || self.found[place].versions.isEmpty)
                last = (version.name, place)
                only = only ?? place
            }
            guard let place = last?.place else { return }
            self.found[place].versions.append(version.range)
            self.found[place].value = nil
        }
        if !isThere { self.tally.damaged += 1 }
        if isWhole, let only { self.found[only].value = range }
    }

    private mutating func place(_ name: String) -> Int? {
        guard let key = PackageKey.of(name) else { return nil }
        if let place = self.places[key] { return place }
        self.places[key] = self.found.count
        self.found.append(Found(name: key))
        return self.found.count - 1
    }

    /// - Returns: nil for what is no version, or has no name.
    private static func readVersion(_ reader: inout JSONReader) throws -> (name: String, range: Range<Int>)? {
        guard try reader.kind() == .object else {
            try reader.skipValue()
            return nil
        }
        let start = reader.position
        var name: String?
        try reader.readObject { reader, key in
            if reader.matches(key, "name") { name = try reader.readText() } else { try reader.skipValue() }
        }
        return name.map { ($0, start..<reader.position) }
    }

    func packages(of bytes: [UInt8]) -> [IncludedPackages.Package] {
        self.found.map { found in
            // Each version is in one package only, so all marks together read the bytes once.
            let mark =
                found.value.map { ContentHash(of: bytes[$0]) }
                ?? ContentHash(of: found.versions.flatMap { bytes[$0] + [UInt8(ascii: "\n")] })
            return .init(name: found.name, versions: found.versions, value: found.value, mark: mark)
        }
    }
}
