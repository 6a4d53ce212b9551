/// A file of the v1 tree that is named by the SHA-256 of its bytes: the document of a package, or a listing of documents.
///
/// The first is `v1/p/acme/site-kit$SHA256.json`, the second `v1/p/provider-NAME$SHA256.json`.
package struct TreeFile: Hashable, Sendable {
    /// Where all of the tree is.
    package static let folder = "v1/"
    /// The key of the tree's root, which alone has one name for all that it ever says.
    package static let rootKey = folder + "packages.json"
    private static let hashedFolder = folder + "p/"
    private static let listingPrefix = "provider-"
    private static let suffix = ".json"
    /// Of a package behind its vendor: a segment of a key has 255 bytes at most, of which the hash takes 64.
    static let mostNameBytes = 255 - 65 - suffix.utf8.count

    /// Of the package, or of the listing: `provider-…`.
    package let name: String
    /// 64 lower-case hexadecimal digits.
    package let sha256: String

    package init(name: String, content: ContentHash) {
        self.name = name
        self.sha256 = content.hexadecimal
    }

    /// - Returns: nil for what is no key of such a file.
    package init?(key: String) {
        guard key.hasPrefix(Self.hashedFolder), key.hasSuffix(Self.suffix) else { return nil }
        let text = key.dropFirst(Self.hashedFolder.count).dropLast(Self.suffix.count)
        guard let dollar = text.firstIndex(of: "$") else { return nil }
        let (name, digits) = (text[..<dollar], text[text.index(after: dollar)...])
        let isHash = digits.utf8.count == 64 && digits.utf8.allSatisfy { $0.isDigit || $0 &- 97 < 6 }
        guard isHash, Self.isListing(name) || PackageName.isValid(String(name)) else { return nil }
        self.name = String(name)
        self.sha256 = String(digits)
    }

    /// Whether it names documents, and is none.
    package var isListing: Bool { Self.isListing(self.name[...]) }

    private static func isListing(_ name: Substring) -> Bool {
        name.hasPrefix(Self.listingPrefix)
            && name.utf8.dropFirst(Self.listingPrefix.utf8.count).allSatisfy { byte in
                byte.isDigit || byte &- 97 < 6 || byte == UInt8(ascii: "-")
            }
    }

    /// Below the root of the repository.
    package var key: String { "\(Self.hashedFolder)\(self.name)$\(self.sha256)\(Self.suffix)" }
}
