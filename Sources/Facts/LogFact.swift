/// What changes say about one path of a package: what a version is made of, such as `tags/1.2.3`.
package struct LogFact: Equatable, Sendable {
    /// The highest revision that touched the path.
    package var revision: Int64
    /// When that revision was made, milliseconds since 1970 in UTC.
    package var changedAtMilliseconds: Int64?
    /// When the path appeared, milliseconds since 1970 in UTC; nil when the part of the log that was read does not show it.
    package var appearedAtMilliseconds: Int64?

    package init(revision: Int64, changedAtMilliseconds: Int64? = nil, appearedAtMilliseconds: Int64? = nil) {
        self.revision = revision
        self.changedAtMilliseconds = changedAtMilliseconds
        self.appearedAtMilliseconds = appearedAtMilliseconds
    }
}

/// The facts of one package, by path.
package typealias LogFacts = [String: LogFact]
