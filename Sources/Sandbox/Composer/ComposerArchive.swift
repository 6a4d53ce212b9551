import Crypto

/// The archives of a generated repository: small, valid, and the same bytes for the same version.
enum ComposerArchive {
    static func bytes(name: String, version: ComposerVersion) -> [UInt8] {
        let reference = String(decoding: version.reference, as: UTF8.self)
        let folder = "\(name.replacing("/", with: "-"))-\(reference.prefix(7))"
        var zip = ZipArchive(seconds: version.seconds)
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
        return zip.finished()
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
