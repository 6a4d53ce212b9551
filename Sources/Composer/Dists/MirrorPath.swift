import Crypto
import Wire

/// The address under which Composer asks a mirror for the archive of a version: `dist/VENDOR/NAME/VERSION/REFERENCE.TYPE`.
///
/// Composer fills in ``template`` (`ComposerMirror::processUrl`): the version in normal form, or its MD5 where a slash is in
/// it; the reference as it is where it has nothing but digits and `a` to `f`, else its MD5; nothing where there is none.
package struct MirrorPath: Hashable, Sendable {
    /// Below the URL of the mirror.
    package static let template = "dist/%package%/%version%/%reference%.%type%"
    /// What no text in it is longer than.
    private static let mostBytes = 255

    /// Of the package, in lower case.
    package let name: String
    package let version: String
    package let reference: String
    package let type: String

    /// - Parameter file: `REFERENCE.TYPE`.
    /// - Returns: nil for what Composer never asks for.
    package init?(name: String, version: String, file: String) {
        guard let dot = file.utf8.lastIndex(of: UInt8(ascii: ".")), PackageName.isValid(name),
            [name, version, file].allSatisfy({ $0.utf8.count <= Self.mostBytes }), !version.isEmpty
        else { return nil }
        self.name = name
        self.version = version
        self.reference = String(file[..<dot])
        self.type = String(file[file.utf8.index(after: dot)...])
        guard !self.type.isEmpty, Self.isPlain(self.reference) else { return nil }
    }

    /// Whether Composer asks for this version's archive here.
    ///
    /// - Parameter version: In normal form, as a document has it.
    package func names(version: String, reference: String?, type: String) -> Bool {
        self.type.utf8.elementsEqual(type.utf8) && self.reference.utf8.elementsEqual(Self.spelled(reference).utf8)
            && Self.versions(of: version).contains { Self.spelled(version: $0).utf8.elementsEqual(self.version.utf8) }
    }

    /// The normal forms that a version in a document may have where its archive is asked for here; nil where they can't be
    /// told.
    package var versions: [String]? {
        if self.version.utf8.count == 32, Self.isPlain(self.version) { return nil }
        return Self.defaultBranches.contains(self.version) ? [self.version, Self.defaultBranch] : [self.version]
    }

    /// What Composer 1 called the default branch; Composer 2 calls it by its own name wherever a document says this.
    private static let defaultBranch = "9999999-dev"
    private static let defaultBranches = ["dev-master", "dev-default", "dev-trunk"]

    private static func versions(of version: String) -> [String] {
        version == Self.defaultBranch ? [version] + Self.defaultBranches : [version]
    }

    private static func spelled(version: String) -> String {
        version.utf8.contains(UInt8(ascii: "/")) ? Self.md5(version) : version
    }

    private static func spelled(_ reference: String?) -> String {
        guard let reference else { return "" }
        return Self.isPlain(reference) ? reference : Self.md5(reference)
    }

    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    private static func md5(_ text: String) -> String {
        Hexadecimal.text(Array(Insecure.MD5.hash(data: Array(text.utf8))))
    }
}
