import Crypto
import NIOCore
import Synchronization

/// The archives of a generated repository: valid, and the same bytes for the same version.
enum ComposerArchive {
    /// - Parameters:
    ///   - folder: The one that everything is in, `OWNER-REPOSITORY` on GitHub, before the reference; nil: as the package is
    ///     called.
    ///   - bytes: How many it is to have; nil: as few as can be.
    static func zip(
        _ name: String,
        _ version: ComposerVersion,
        folder: String? = nil,
        isRebuilt: Bool = false,
        bytes: Int?
    ) -> [ByteBuffer] {
        let reference = String(decoding: version.reference, as: UTF8.self)
        let folder = "\((folder ?? name).replacing("/", with: "-"))-\(reference.prefix(7))"
        var zip = ZipArchive(seconds: version.seconds, isRebuilt: isRebuilt)
        let composer = """
            {
                "name": "\(name)",
                "description": "A package of the sandbox",
                "license": "MIT",
                "type": "library"
            }

            """
        zip.add(name: "\(folder)/composer.json", Array(composer.utf8))
        zip.add(name: "\(folder)/src/Version.php", Array("<?php\nreturn '\(version.version) \(reference)';\n".utf8))
        if let bytes { zip.pad(to: bytes, folder: folder) }
        return zip.finished()
    }

    /// The checksums of large archives, by all that they depend on.
    private static let known = Mutex<[String: [UInt8]]>([:])
    private static let mostKnown = 100_000

    /// SHA-1 of an archive in hex digits, as a Satis writes it.
    static func checksum(_ name: String, _ version: ComposerVersion, bytes: Int?) -> [UInt8] {
        let reference = String(decoding: version.reference, as: UTF8.self)
        let key = "\(name) \(version.version) \(reference) \(version.seconds) \(bytes ?? 0)"
        if bytes != nil, let digits = Self.known.withLock({ $0[key] }) { return digits }
        var hash = Insecure.SHA1()
        for piece in Self.zip(name, version, bytes: bytes) {
            piece.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
        }
        let digits = Self.hex(hash.finalize())
        guard bytes != nil else { return digits }
        Self.known.withLock { known in
            if known.count >= Self.mostKnown { known = [:] }
            known[key] = digits
        }
        return digits
    }

    /// SHA-1 in hex digits.
    static func checksum(_ bytes: [UInt8]) -> [UInt8] { Self.hex(Insecure.SHA1.hash(data: bytes)) }

    static func hex(_ digest: some Sequence<UInt8>) -> [UInt8] {
        var digits: [UInt8] = []
        digits.reserveCapacity(64)
        for byte in digest {
            digits.append(PercentCoding.lower[Int(byte >> 4)])
            digits.append(PercentCoding.lower[Int(byte & 15)])
        }
        return digits
    }
}
