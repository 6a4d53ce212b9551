/// What form the archives of a package have.
enum ComposerArchiveForm: CaseIterable {
    case zip, tar, gzippedTar

    /// - Parameter hasTars: Whether they may be anything but zips.
    init(of name: String, hasTars: Bool) {
        let sum = name.utf8.reduce(0) { $0 + Int($1) }
        self = hasTars ? Self.allCases[sum % Self.allCases.count] : .zip
    }

    /// What Composer calls it: its downloader for tars takes both kinds.
    var distType: StaticString { self == .zip ? "zip" : "tar" }

    var fileExtension: String {
        switch self {
        case .zip: "zip"
        case .tar: "tar"
        case .gzippedTar: "tar.gz"
        }
    }

    var contentType: String {
        switch self {
        case .zip: "application/zip"
        case .tar: "application/x-tar"
        case .gzippedTar: "application/gzip"
        }
    }
}
