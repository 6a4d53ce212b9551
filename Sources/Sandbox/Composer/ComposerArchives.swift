/// Where a mount's archives are, and how large.
struct ComposerArchives: Sendable {
    let mount: String
    /// What their URLs begin with, without a slash at the end.
    let url: String
    let isOnGitHub: Bool
    let sizes: ArchiveSizes

    func appendURL(_ name: String, _ version: ComposerVersion, to json: inout [UInt8]) {
        json.append(self.url)
        json.append("/" as StaticString)
        json.append(name)
        json.append((self.isOnGitHub ? "/zipball/" : "/") as StaticString)
        json += version.reference
        if !self.isOnGitHub { json.append(".zip" as StaticString) }
    }

    /// SHA-1 in hex digits.
    func checksum(_ name: String, _ version: ComposerVersion) -> [UInt8] {
        let reference = String(decoding: version.reference, as: UTF8.self)
        return ComposerArchive.checksum(
            name,
            version,
            bytes: self.sizes.bytes(mount: self.mount, name: name, reference: reference)
        )
    }
}
