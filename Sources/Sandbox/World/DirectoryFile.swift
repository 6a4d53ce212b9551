#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Reads the files that hold a whole directory: one JSON object a line, compressed with gzip.
enum DirectoryFile {
    /// A line of the plugin file.
    struct Plugin: Decodable {
        var slug: String
        var name: String
        var version: String
        var stable_tag: String
        var last_updated: String
        var added: String
        var active_installs: Int
        var requires: TextOrFalse?
        var tested: TextOrFalse?
        var requires_php: TextOrFalse?
        var requires_plugins: [String]
        var versions: [String]
    }

    /// A line of the theme file; `versions` are upload times by name, some without.
    struct Theme: Decodable {
        var slug: String
        var name: String
        var version: TextOrNumber
        var last_updated: String
        var created: String
        var active_installs: Int
        var requires: TextOrFalse?
        var requires_php: TextOrFalse?
        var template: String?
        var versions: [String: String?]
    }

    /// A string, or `false` for none.
    struct TextOrFalse: Decodable {
        var text: String?

        init(from decoder: any Decoder) throws {
            self.text = try? decoder.singleValueContainer().decode(String.self)
        }
    }

    /// A string, or a number meant as one.
    struct TextOrNumber: Decodable {
        var text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self.text = text
            } else {
                self.text = String(try container.decode(Int.self))
            }
        }
    }

    /// Decodes every line.
    ///
    /// - Throws: ``SandboxError/badData(file:line:reason:)``.
    static func read<Line: Decodable>(_ path: String, as type: Line.Type, _ body: (Line) -> Void) throws {
        let decoder = JSONDecoder()
        for (number, line) in try Self.lines(path).enumerated() where !line.isEmpty {
            do {
                body(try decoder.decode(Line.self, from: Data(line)))
            } catch {
                throw SandboxError.badData(file: path, line: number + 1, reason: "\(error)")
            }
        }
    }

    /// The lines of a file compressed with gzip.
    static func lines(_ path: String) throws -> [ArraySlice<UInt8>] {
        guard let compressed = FileManager.default.contents(atPath: path) else {
            throw SandboxError.badData(
                file: path,
                line: 0,
                reason: "there is no such file; name the folder that holds it"
            )
        }
        guard let content = Deflate.gunzip(Array(compressed)) else {
            throw SandboxError.badData(file: path, line: 0, reason: "this is no gzip file, or it is cut short")
        }
        return content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    }
}
