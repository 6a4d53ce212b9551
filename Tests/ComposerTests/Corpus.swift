import Foundation
import TestSupport

@testable import Composer
@testable import WordPress

/// Many packages, for the tests that need many.
enum Corpus {
    /// Made by the project, of version strings as they occur.
    case made
    /// The whole directory of one day.
    case recorded

    func plugins() throws -> [Payload] {
        switch self {
        case .made: try MadeDirectory.plugins.get()
        case .recorded: try WholeDirectory.plugins()
        }
    }

    func themes() throws -> [Payload] {
        switch self {
        case .made: try MadeDirectory.themes.get()
        case .recorded: try WholeDirectory.themes()
        }
    }

    private var data: TestData {
        switch self {
        case .made: .made
        case .recorded: .recorded
        }
    }

    func pluginAnswers() throws -> [Payload] { try APIAnswers.plugins(self.data) }

    func themeAnswers() throws -> [Payload] { try APIAnswers.themes(self.data) }

    /// Tags, headers and live tags of all packages, each once.
    func versionStrings() throws -> [String] {
        var strings = Set<[UInt8]>()
        for payload in try self.plugins() + self.themes() {
            for text in payload.versions.map(\.tag) + [payload.version, payload.stableTag ?? ""] {
                strings.insert(Array(text.utf8))
            }
        }
        let tables =
            switch self {
            case .made: ["version-strings.tsv"]
            case .recorded: ["odd-100-version-strings.tsv", "odd-version-strings-not-plain-numeric.tsv"]
            }
        for table in tables { strings.formUnion(try self.data.strings(table).map { Array($0.utf8) }) }
        return strings.sorted { $0.lexicographicallyPrecedes($1) }.map { String(decoding: $0, as: UTF8.self) }
    }
}
