package import Facts

/// An advisory of a package that there is, and what became of it when.
package struct AdvisoryState: Sendable, Equatable {
    package enum Change: String, Sendable {
        /// It is as it was when it was first seen.
        case new
        case changed
        /// Its feed has it no more.
        case withdrawn
    }

    /// The package, by its name where it has one, else by source and key.
    package var package: String
    package var advisory: KnownAdvisory
    /// When a feed was first seen to have it.
    package var seenAtMilliseconds: Int64
    package var changedAtMilliseconds: Int64
    package var withdrawnAtMilliseconds: Int64?

    package var change: Change {
        if self.withdrawnAtMilliseconds != nil { return .withdrawn }
        return self.changedAtMilliseconds == self.seenAtMilliseconds ? .new : .changed
    }
}

/// A package that upstream has closed.
package struct ClosedPackage: Sendable, Equatable {
    package var source: String
    package var key: String
    package var name: String?
    package var closure: Closure

    package init(source: String, key: String, name: String?, closure: Closure) {
        self.source = source
        self.key = key
        self.name = name
        self.closure = closure
    }

    package var label: String { self.name ?? "\(self.source)/\(self.key)" }
}
