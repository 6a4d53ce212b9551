/// How the sandbox behaves; every value may be left as it is.
package struct SandboxSettings: Sendable {
    /// Where clients reach the sandbox: the base of every URL in its answers (String, default
    /// `http://127.0.0.1:PORT`), without a slash at the end.
    package var publicURL: String?
    /// Whether the imitation of WordPress.org and of Composer repositories answers (default true).
    package var servesUpstream = true
    /// Whether the store answers (default true).
    package var servesStore = true
    /// Whether requests for several themes at once are refused with 404 `Slugs not provided` (default false).
    package var themesRefuseSlugs = false
    /// Whether the store ignores `If-Match` and `If-None-Match` on PUT, as some stores do (default false).
    package var ignoresConditions = false
    /// Whether the store answers 501 to `If-Match` and `If-None-Match` on PUT, as some stores do (default false).
    package var refusesConditions = false
    /// Whether objects can be read without a signature (default true): Composer cannot sign.
    package var allowsAnonymousReads = true
    /// Whether who reads without a signature gets 403 for what is not there, as of a bucket that not everybody may list
    /// (default false).
    package var hidesAbsence = false
    /// The only key pair that the store knows.
    package var accessKey = "sandbox"
    package var secretKey = "sandboxsecret"
    /// Whether signatures more than 15 minutes off are refused (default true).
    package var checksClock = true
    /// Whether writes to the store are kept for reading back in order (default true).
    package var recordsWrites = true
    /// Whether answers of the API and of Subversion are compressed for clients that accept gzip, as upstream does
    /// (default false: it costs a benchmark's client and server time that is not theirs).
    package var compressesAnswers = false
    /// The largest body that is accepted (bytes, default 1 GiB), but for those that are not kept.
    package var maxBodyBytes = 1 << 30
    /// What keys begin with of whose bodies the store keeps only size, MD5 and SHA-256 (String, default nil: none).
    ///
    /// `dist/` where a benchmark writes more archives than there is memory. GET of such an object is 501.
    package var forgetsBodiesBelow: String?
    /// How large archives are (default: as small as can be).
    package var archiveSizes = ArchiveSizes()
    /// What documents have for the address of GitHub's API, without a slash at the end (String, default the sandbox's own
    /// imitation of it).
    package var gitHubURL: String?

    package init() {}

    func forgetsBody(of key: String) -> Bool { self.forgetsBodiesBelow.map { key.hasPrefix($0) } ?? false }
}
