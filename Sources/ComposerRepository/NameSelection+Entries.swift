import Composer
import FoundationEssentials

extension NameSelection {
    /// Far above the locks that there are; what it costs to read one is bounded by this.
    private static let maxFileBytes = 64 << 20

    /// Reads what people write: names, patterns, and the paths of `composer.json` and `composer.lock` files, which are
    /// read now.
    ///
    /// What ends in `.json` or `.lock` is a file: Composer takes no name that ends in the first, and nobody has one that
    /// ends in the second.
    ///
    /// - Parameters:
    ///   - entries: Each with where it stands, which messages begin with.
    ///   - problems: What is wrong with them is added, each entry and each file for itself.
    package init(entries: [(text: String, place: String)], problems: inout [String]) {
        self.init()
        if entries.contains(where: { ComposerFile(path: $0.text) != nil }) { self.keep(entries) }
        for (entry, place) in entries {
            let text = entry.lowercased()
            if ComposerFile(path: entry) != nil {
                self.read(entry, place, &problems)
            } else if NamePattern.isValid(text) {
                if !self.patterns.contains(text) { self.patterns.append(text) }
            } else if PackageName.isValid(text) {
                self.names.insert(text)
            } else {
                problems.append(
                    "\(place) has '\(entry)'; it takes names (acme/site-kit), patterns (acme/*) and files (composer.json, "
                        + "sites/composer.lock)"
                )
            }
        }
    }

    private mutating func read(_ path: String, _ place: String, _ problems: inout [String]) {
        guard let file = ComposerFile(path: path) else { return }
        let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? UInt64
        guard let size, size <= Self.maxFileBytes, let content = FileManager.default.contents(atPath: path) else {
            problems.append("\(place) names the file '\(path)', which can't be read, or is above 64 MB")
            return
        }
        do {
            let names = try file.names(in: Array(content))
            if names.isEmpty {
                problems.append("\(place) names the file '\(path)', which names no package; leave it out")
            }
            self.names.formUnion(names)
        } catch {
            problems.append("\(place) names the file '\(path)', which \(error)")
        }
    }
}
