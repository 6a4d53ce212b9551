/// Where a Composer repository is, and how addresses in it are meant.
///
/// As in Composer's ComposerRepository.php: `URL/packages.json`, or the URL itself where its path has `.json`.
package struct RepositoryURL: Hashable, Sendable {
    /// Why the URL of a repository can't be used; says what to write instead, and never the URL.
    package struct Invalid: Error, Equatable, Sendable, CustomStringConvertible {
        package var description: String
    }

    /// The address of packages.json.
    package let root: String
    /// The folder of packages.json, without a slash at its end.
    package let folder: String
    /// Scheme, host and port, in lower case: what credentials are for.
    package let origin: String

    /// - Throws: ``Invalid``.
    package init(_ text: String) throws {
        var text = text
        while text.hasSuffix("/") { text.removeLast() }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Invalid(description: "it has white space or other characters that no URL has")
        }
        let address: HTTPAddress
        do {
            address = try HTTPAddress(text)
        } catch .credentials {
            throw Invalid(description: "it has credentials in it: they are said beside the URL, as its authentication")
        } catch {
            throw Invalid(description: "it \(error): a repository is at an address as https://composer.example/path")
        }
        var path = address.path
        var folder = path
        if path.contains(".json") {
            let file = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
            if file.hasSuffix(".json"), file != ".json" { folder.removeLast(file.utf8.count) }
        } else {
            guard address.query.isEmpty else {
                throw Invalid(description: "it has a query, so its path has to name the file: …/packages.json?…")
            }
            while path.hasSuffix("/") { path.removeLast() }
            path += "/packages.json"
        }
        while folder.hasSuffix("/") { folder.removeLast() }
        self.origin = address.path.isEmpty ? Self.current(address.origin) : address.origin
        self.root = self.origin + path + address.query
        self.folder = self.origin + folder
    }

    /// Packagist's repository moved to a host of its own, and Composer goes there by itself.
    private static func current(_ origin: String) -> String {
        switch origin {
        case "https://packagist.org": "https://repo.packagist.org"
        case "http://packagist.org": "http://repo.packagist.org"
        default: origin
        }
    }
}
