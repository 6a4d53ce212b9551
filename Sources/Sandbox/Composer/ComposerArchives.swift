/// Where a mount's archives are, and how large.
struct ComposerArchives: Sendable {
    let mount: String
    /// What their URLs begin with, without a slash at the end.
    let url: String
    let isOnGitHub: Bool
    /// Whether some packages have other archives than zips.
    let hasTars: Bool
    let sizes: ArchiveSizes

    func form(_ name: String) -> ComposerArchiveForm { ComposerArchiveForm(of: name, hasTars: self.hasTars) }

    func appendURL(_ name: String, _ version: ComposerVersion, to json: inout [UInt8]) {
        json.append(self.url)
        json.append("/" as StaticString)
        json.append(name)
        json.append((self.isOnGitHub ? "/zipball/" : "/") as StaticString)
        json += version.reference
        if !self.isOnGitHub {
            json.append("." as StaticString)
            json.append(self.form(name).fileExtension)
        }
    }

    /// SHA-1 in hex digits.
    func checksum(_ name: String, _ version: ComposerVersion) -> [UInt8] {
        let reference = String(decoding: version.reference, as: UTF8.self)
        return ComposerArchive.checksum(
            self.form(name),
            name,
            version,
            bytes: self.sizes.bytes(mount: self.mount, name: name, reference: reference)
        )
    }
}
