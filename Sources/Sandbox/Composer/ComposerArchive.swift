import Crypto
import NIOCore
import Synchronization

/// The archives of a generated repository: valid, and the same bytes for the same version.
enum ComposerArchive {
    /// One of any form; a tar is as small as can be.
    static func pieces(
        _ form: ComposerArchiveForm,
        _ name: String,
        _ version: ComposerVersion,
        isRebuilt: Bool = false,
        bytes: Int?
    ) -> [ByteBuffer] {
        if form == .zip { return Self.zip(name, version, isRebuilt: isRebuilt, bytes: bytes) }
        var tar = TarArchive(seconds: version.seconds + (isRebuilt ? 86_400 : 0))
        for (path, content) in Self.files(name, version, folder: nil) { tar.add(name: path, content) }
        let plain = tar.finished()
        return [ByteBuffer(bytes: form == .tar ? plain : Deflate.gzip(plain) ?? plain)]
    }

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
        var zip = ZipArchive(seconds: version.seconds, isRebuilt: isRebuilt)
        for (path, content) in Self.files(name, version, folder: folder) { zip.add(name: path, content) }
        if let bytes { zip.pad(to: bytes, folder: Self.folder(folder ?? name, version)) }
        return zip.finished()
    }

    private static func folder(_ name: String, _ version: ComposerVersion) -> String {
        "\(name.replacing("/", with: "-"))-\(String(decoding: version.reference, as: UTF8.self).prefix(7))"
    }

    private static func files(
        _ name: String,
        _ version: ComposerVersion,
        folder: String?
    ) -> [(path: String, content: [UInt8])] {
        let reference = String(decoding: version.reference, as: UTF8.self)
        let folder = Self.folder(folder ?? name, version)
        let composer = """
            {
                "name": "\(name)",
                "description": "A package of the sandbox",
                "license": "MIT",
                "type": "library"
            }

            """
        return [
            ("\(folder)/composer.json", Array(composer.utf8)),
            ("\(folder)/src/Version.php", Array("<?php\nreturn '\(version.version) \(reference)';\n".utf8)),
        ]
    }

    /// The checksums of large archives, by all that they depend on.
    private static let known = Mutex<[String: [UInt8]]>([:])
    private static let mostKnown = 100_000

    /// SHA-1 of an archive in hex digits, as a Satis writes it.
    static func checksum(
        _ form: ComposerArchiveForm,
        _ name: String,
        _ version: ComposerVersion,
        bytes: Int?
    ) -> [UInt8] {
        let reference = String(decoding: version.reference, as: UTF8.self)
        let key = "\(form) \(name) \(version.version) \(reference) \(version.seconds) \(bytes ?? 0)"
        if bytes != nil, let digits = Self.known.withLock({ $0[key] }) { return digits }
        var hash = Insecure.SHA1()
        for piece in Self.pieces(form, name, version, bytes: bytes) {
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
