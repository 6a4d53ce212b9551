/// Which of the zips that an archive's URL has had, or could have had.
enum ArchiveBuild: Sendable {
    case current
    /// The same files, packed otherwise: as after an update of the server's software.
    case rebuilt
    /// The one before the current one: as from a cache that was not told.
    case stale
}
