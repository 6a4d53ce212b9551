import Facts
import Store
import Upstream

/// Vendors of names that a source is seen to have, as long as they are not known to be its own.
struct NewVendors {
    private(set) var names: [String: String] = [:]

    mutating func add(_ name: String, unlessIn known: Set<String>) {
        let vendor = ListedVendor.vendor(of: name)
        if !known.contains(vendor), self.names[vendor] == nil { self.names[vendor] = name }
    }
}

extension SourceIntake {
    /// Vendors that one transaction takes with ease, with what later sources have of them.
    private static var vendorsAtOnce: Int { 100 }

    /// Whether what is listed keeps later sources from names.
    var recordsVendors: Bool { self.context.settings.recordsVendors(of: self.source) }

    /// Notes whose vendor a key's is: also of what is not tracked, because that narrows what is fetched, not what is owned.
    func note(_ key: String, in vendors: inout NewVendors, known: Set<String>) {
        guard let name = self.source.packageName(of: key), !self.source.givesUp(name) else { return }
        vendors.add(name, unlessIn: known)
    }

    /// Before the packages are known: whoever sees one of them knows whose its name is.
    func record(_ vendors: NewVendors) async throws {
        let all = vendors.names.sorted { $0.key < $1.key }
        var (names, documents) = (0, 0)
        for start in stride(from: 0, to: all.count, by: Self.vendorsAtOnce) {
            let part = all[start..<min(start + Self.vendorsAtOnce, all.count)]
            let taken = try await self.context.store.addVendors(
                Dictionary(part.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first }),
                to: self.name,
                self.ownership,
                run: self.run
            )
            (names, documents) = (names + taken.names, documents + taken.documentsWithdrawn)
        }
        self.knowsVendors(Set(vendors.names.keys))
        guard names > 0 else { return }
        self.context.counters.add(.namesMoved, names)
        self.context.counters.add(.documentsWithdrawn, documents)
        self.note(
            "\(names.counted("name")) of later sources \(names == 1 ? "is" : "are") now its own, of vendors that it has listed"
        )
    }

    /// Records the vendors of what changes tell of.
    func recordVendors(of keys: [String]) async throws {
        guard self.recordsVendors else { return }
        var vendors = NewVendors()
        let known = self.knownVendors
        for key in keys { self.note(key, in: &vendors, known: known) }
        if !vendors.names.isEmpty { try await self.record(vendors) }
    }
}
