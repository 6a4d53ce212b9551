/// What the change log says of one path of a package by name: the last revision that touched it, and the last in which
/// it came into being.
///
/// These are the greatest of their kinds, so that stretches of log can be taken in one by one, all at once, twice, or
/// the older ones later. What folders above it did is told apart (``FolderChange``) and put together when it is asked for.
package struct PathHistory: Equatable, Sendable {
    package struct Event: Equatable, Sendable {
        package var revision: Int64
        /// Milliseconds since 1970 in UTC.
        package var dateMilliseconds: Int64?

        package init(revision: Int64, dateMilliseconds: Int64? = nil) {
            self.revision = revision
            self.dateMilliseconds = dateMilliseconds
        }
    }

    /// The last revision that touched it or something in it.
    package var last: Event
    /// Whether it went away then.
    package var isRemoved: Bool
    package var appeared: Event?

    package init(last: Event, isRemoved: Bool = false, appeared: Event? = nil) {
        self.last = last
        self.isRemoved = isRemoved
        self.appeared = appeared
    }

    /// How a path stands.
    package enum State: Equatable, Sendable {
        case present(LogFact)
        /// Gone since a revision.
        case gone(Int64)
    }

    /// How the path stands after `revision`, which is not before its last event.
    ///
    /// - Parameter folders: Changes of the folders above it, in their order.
    package func state(at revision: Int64 = .max, below folders: some BidirectionalCollection<FolderChange>) -> State {
        var revision = revision
        while let change = folders.last(where: { $0.revision > self.last.revision && $0.revision <= revision }) {
            guard case .itself(let copied) = change.content, copied < change.revision else {
                return change.stateOfUnknown
            }
            if copied < self.last.revision {
                // Which revision changed it last before that is not known: that of the copy has the same content.
                return .present(change.fact(appeared: self.appearance(at: copied, below: folders)))
            }
            revision = copied
        }
        if self.isRemoved { return .gone(self.last.revision) }
        return .present(
            LogFact(
                revision: self.last.revision,
                changedAtMilliseconds: self.last.dateMilliseconds,
                appearedAtMilliseconds: self.appearance(at: self.last.revision, below: folders)
            )
        )
    }

    /// When what is there after `revision` came into being; nil when that is not known.
    private func appearance(
        at revision: Int64,
        below folders: some BidirectionalCollection<FolderChange>
    ) -> Int64? {
        guard let appeared, appeared.revision <= revision else { return nil }
        var revision = revision
        while let change = folders.last(where: { $0.revision > appeared.revision && $0.revision <= revision }) {
            guard case .itself(let copied) = change.content, copied < change.revision, copied >= appeared.revision
            else { return nil }
            revision = copied
        }
        return appeared.dateMilliseconds
    }
}

extension FolderChange {
    /// How a path stands that the log has not named, or not since.
    package var stateOfUnknown: PathHistory.State {
        self.content == .nothing ? .gone(self.revision) : .present(self.fact(appeared: nil))
    }

    fileprivate func fact(appeared: Int64?) -> LogFact {
        LogFact(
            revision: self.revision,
            changedAtMilliseconds: self.dateMilliseconds,
            appearedAtMilliseconds: appeared
        )
    }
}
