import Wire

/// A file that a root or another file names.
package protocol ListedFile: Sendable {
    /// Absolute.
    var url: String { get }
}

/// A listing of providers, as `provider-includes` names it.
package struct HashedFile: ListedFile, Hashable, Sendable {
    /// Its key without the place of the hash: it stays the same when the file changes, and tells groups apart.
    package var name: String
    /// With the hash filled in.
    package var url: String
    /// nil where none was said.
    ///
    /// One that ``AnnouncedHash/sha256`` can't read is a listing that nobody can check: it is there, and not usable.
    package var hash: AnnouncedHash?
}

/// A file with whole packages, as `includes` names it.
package struct IncludedFile: ListedFile, Hashable, Sendable {
    /// Its key, which mostly holds a hash: another key is another file.
    package var name: String
    package var url: String
    /// As it was said.
    ///
    /// Only ever a key of a cache: some servers invent it, and Composer never checks it.
    package var sha1: String?
}

/// A package as a listing of providers names it.
package struct ListedProvider: Hashable, Sendable {
    /// In lower case.
    package var name: String
    /// nil where none was said.
    package var hash: AnnouncedHash?
}

/// What could not be used of a file, in numbers.
package struct FormatTally: Equatable, Sendable {
    /// Entries of another form.
    ///
    /// Where there are any, a name that is missing may be one of them, and is not gone.
    package var damaged = 0
    /// Names that no package can have.
    package var unusableNames = 0

    package init() {}

    mutating func add(_ other: FormatTally) {
        self.damaged += other.damaged
        self.unusableNames += other.unusableNames
    }
}
