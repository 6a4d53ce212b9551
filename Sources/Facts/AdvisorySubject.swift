/// Whose versions an advisory is about.
package enum AdvisorySubject: Hashable, Sendable {
    /// The package of this Composer name, whichever source publishes it.
    case name(String)
    /// The package that a source knows by this key, however it is named there: what feeds that know WordPress.org's slugs
    /// say.
    case package(SourceName, key: String)
}
