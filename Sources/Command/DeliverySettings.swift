import Pipeline

/// How `serve` gives archives away.
///
/// ## Environment variables
/// - `PACKLINE_ARCHIVES_WAIT_SECONDS` (0 to 100; default 20): how long a client waits for an archive that is being fetched
///   because somebody asks for it; then it is told that there is none, and goes on to upstream.
/// - `PACKLINE_ARCHIVES_DELIVERY` (`redirect` or `serve`; default: `redirect` where `PACKLINE_ARCHIVES_URL` is set and the
///   repository is not private, else `serve`): whether clients are sent to the bucket or get the bytes from `serve`.
/// - `PACKLINE_ARCHIVES_CACHE_DIR`: a folder for copies of archives that are asked for often, where `serve` gives the bytes.
/// - `PACKLINE_ARCHIVES_CACHE_MB` (1 to 100,000,000; default 1024): megabytes that they may have together.
package struct DeliverySettings: Sendable, Equatable {
    package var waitSeconds = 20
    /// What keys of the bucket are below, where clients are sent there; nil where they get the bytes.
    package var redirectURL: String?
    package var cacheFolder: String?
    package var cacheBytes: Int64 = 1_024 << 20

    private enum Way: String, CaseIterable { case redirect, serve }

    package init() {}

    init(from reader: inout SettingsReader, isPrivate: Bool) {
        self.waitSeconds = reader.integer("PACKLINE_ARCHIVES_WAIT_SECONDS", default: 20, in: 0...100)
        let url = reader.text("PACKLINE_ARCHIVES_URL").map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        let way: Way = reader.choice(
            "PACKLINE_ARCHIVES_DELIVERY",
            default: url == nil || isPrivate ? .serve : .redirect
        )
        if way == .redirect {
            self.redirectURL = url
            if url == nil {
                reader.refuse(
                    "PACKLINE_ARCHIVES_DELIVERY is 'redirect', and PACKLINE_ARCHIVES_URL is not set: set it to the absolute URL "
                        + "under which everybody reaches the bucket, or take 'serve'"
                )
            }
        }
        self.cacheFolder = reader.text("PACKLINE_ARCHIVES_CACHE_DIR")
        self.cacheBytes = Int64(reader.integer("PACKLINE_ARCHIVES_CACHE_MB", default: 1_024, in: 1...100_000_000)) << 20
    }
}
