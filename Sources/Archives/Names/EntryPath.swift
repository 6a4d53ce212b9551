/// Where an entry goes, below the folder that an archive is unpacked in.
///
/// What some program reads as a place outside of it is refused: programs differ in what they make of such names.
struct EntryPath {
    /// Linux opens nothing of more bytes (`PATH_MAX`), and makes no file of a longer name (`NAME_MAX`).
    static let maxBytes = 4_095
    static let maxComponentBytes = 255

    /// The name as it stands, without slashes at its end.
    let bytes: ArraySlice<UInt8>
    /// Where in it the last component begins.
    private let leaf: Int

    /// - Throws: ``ArchiveRefusal``.
    init(_ name: some Collection<UInt8>) throws(ArchiveRefusal) {
        var bytes = Array(name)[...]
        guard !bytes.isEmpty else { throw ArchiveRefusal(.unsafeName, "an entry has no name") }
        func refused(_ detail: String) -> ArchiveRefusal { ArchiveRefusal(.unsafeName, entry: name, detail) }
        guard bytes.count <= Self.maxBytes else { throw refused("its name has more than \(Self.maxBytes) bytes") }
        guard bytes.first != Self.slash else { throw refused("its name is absolute") }
        for byte in bytes {
            guard byte != 0 else { throw refused("a zero byte is in its name") }
            guard byte != UInt8(ascii: "\\") else {
                throw refused("a backslash is in its name, which some read as a slash")
            }
        }
        if bytes.count > 1, bytes[1] == UInt8(ascii: ":"), (bytes[0] | 0x20) &- UInt8(ascii: "a") < 26 {
            throw refused("its name begins with a drive")
        }
        while bytes.last == Self.slash { bytes.removeLast() }
        self.bytes = bytes
        self.leaf = bytes.lastIndex(of: Self.slash).map { $0 + 1 } ?? 0
        for component in Self.components(bytes) {
            guard component.count <= Self.maxComponentBytes else {
                throw refused("a part of its name has more than \(Self.maxComponentBytes) bytes")
            }
            guard !component.elementsEqual("..".utf8) else { throw refused("'..' is in its name") }
        }
    }

    /// The folder that it is in, as it stands; empty at the top.
    var folder: ArraySlice<UInt8> { self.bytes[..<self.leaf] }
    /// The last component; nil for the top folder itself.
    var name: ArraySlice<UInt8>? { Self.components(self.bytes[self.leaf...]).first }

    /// What is between slashes, without what leads nowhere: nothing, and `.`.
    static func components(_ path: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        path.split(separator: Self.slash).filter { !$0.elementsEqual(".".utf8) }
    }

    static let slash = UInt8(ascii: "/")
}
