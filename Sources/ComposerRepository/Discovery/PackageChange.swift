/// What a feed says of one package: of its document, of the one of its branches, or of both.
package struct PackageChange: Equatable, Sendable {
    /// The newest action about one document.
    package struct Action: Equatable, Sendable {
        package var isDelete: Bool
        /// Seconds since 1970; nil where the feed says none that can be one.
        ///
        /// A document whose Last-Modified is older is not yet the one that is meant.
        package var time: Int64?
    }

    /// In lower case, without `~dev`.
    package let name: String
    package internal(set) var main: Action?
    package internal(set) var dev: Action?

    /// The newest time of either.
    package var time: Int64? { [self.main?.time, self.dev?.time].compactMap(\.self).max() }
    /// Whether the package is said to be gone, and not only its branches.
    package var isDelete: Bool { self.main?.isDelete ?? false }
}

extension PackageChange.Action {
    /// Packagist counts a delete above an update that is less than this much newer, in seconds.
    private static let deleteAdvantage: Int64 = 10

    /// What two actions about one document amount to; a feed has one of each, unless it errs.
    func joined(with other: Self) -> Self {
        guard self.isDelete != other.isDelete else {
            return Self(isDelete: self.isDelete, time: [self.time, other.time].compactMap(\.self).max())
        }
        let (delete, update) = self.isDelete ? (self, other) : (other, self)
        // Without both times the package is looked at: that shows by itself whether it is gone.
        guard let deleted = delete.time, let updated = update.time else { return update }
        // Times are between 0 and the year 9999.
        return updated - deleted < Self.deleteAdvantage ? delete : update
    }
}
