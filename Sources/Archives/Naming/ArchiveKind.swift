/// What form an archive has, as its bytes say.
package enum ArchiveKind: String, Sendable, Hashable, CaseIterable {
    case zip
    case tar
    /// A tar that gzip has packed.
    case gzippedTar = "tar.gz"

    /// What names of such files end in, without the dot.
    package var fileExtension: String { self.rawValue }

    /// The media type that such a file is served with.
    package var contentType: String {
        switch self {
        case .zip: "application/zip"
        case .tar: "application/x-tar"
        case .gzippedTar: "application/gzip"
        }
    }

    /// What Composer calls it in a version's `dist.type`: its tar downloader takes both kinds of tar.
    package var distType: String { self == .zip ? "zip" : "tar" }
}
