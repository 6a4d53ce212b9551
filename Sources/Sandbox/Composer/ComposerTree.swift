import Crypto

/// What is named by its hash, and what was.
struct ComposerTree: Sendable {
    struct File: Sendable {
        var bytes: [UInt8]
        /// When it was made, in 1/10,000 s since 1970.
        var modified: Int64
        /// When it is removed, by the world's clock; nil: it is current.
        var expires: Int64?
    }

    struct Document: Sendable {
        var package: ComposerPackage
        var expires: Int64?
    }

    /// How many listings there are; the last is named by the first, not by the root.
    static let groups = 4

    /// The world's version that this was made from.
    private(set) var version: Int?
    private(set) var documents: [String: Document] = [:]
    private(set) var files: [String: File] = [:]
    /// The current hashes, by listing.
    private(set) var listings: [Substring] = []
    private var hashes: [Int: (state: ComposerPackageState, hash: String)] = [:]

    /// Follows the world; a document is hashed again only when its package has changed.
    mutating func refresh(
        _ packages: [ComposerPackage],
        version: Int,
        expires: Int64,
        now: Int64,
        _ bytes: (ComposerPackage) -> [UInt8]
    ) {
        for key in self.documents.keys where self.documents[key]?.expires == nil {
            self.documents[key]?.expires = expires
        }
        for key in self.files.keys where self.files[key]?.expires == nil { self.files[key]?.expires = expires }
        var hashes: [Int: (state: ComposerPackageState, hash: String)] = [:]
        var groups = Array(repeating: [(name: String, hash: String)](), count: Self.groups)
        for package in packages {
            let known = self.hashes[package.number].flatMap { $0.state == package.state ? $0.hash : nil }
            let hash = known ?? Self.hash(bytes(package))
            hashes[package.number] = (package.state, hash)
            self.documents["\(package.name)$\(hash)"] = Document(package: package, expires: nil)
            groups[package.number % Self.groups].append((package.name, hash))
        }
        self.hashes = hashes
        var listings: [Substring] = Array(repeating: "", count: Self.groups)
        for group in groups.indices.reversed() {
            var json = Array("{\"providers\":{".utf8)
            for (index, entry) in groups[group].sorted(by: { $0.name < $1.name }).enumerated() {
                json.append("\(index == 0 ? "" : ",")\"\(entry.name)\":{\"sha256\":\"\(entry.hash)\"}" as String)
            }
            json.append("}" as StaticString)
            if group == 0 { json.append(",\"provider-includes\":{\(Self.entry(Self.groups - 1, listings))}" as String) }
            json.append("}" as StaticString)
            listings[group] = Self.hash(json)[...]
            let path = "p/provider-\(group)$\(listings[group]).json"
            self.files[path] = File(bytes: json, modified: self.files[path]?.modified ?? now, expires: nil)
        }
        self.listings = listings
        self.documents = self.documents.filter { $0.value.expires.map { $0 > now } ?? true }
        self.files = self.files.filter { $0.value.expires.map { $0 > now } ?? true }
        self.version = version
    }

    /// A listing as the root or another listing names it.
    static func entry(_ group: Int, _ listings: [Substring]) -> String {
        "\"p/provider-\(group)$%hash%.json\":{\"sha256\":\"\(listings[group])\"}"
    }

    static func hash(_ bytes: [UInt8]) -> String {
        String(decoding: ComposerArchive.hex(SHA256.hash(data: bytes)), as: UTF8.self)
    }
}
