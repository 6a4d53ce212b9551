/// One path of a revision, as the change log shows it.
package struct ChangedPath: Equatable, Sendable {
    package enum Action: String, Sendable, Codable { case added, modified, deleted, replaced }
    package enum Kind: String, Sendable, Codable { case file, dir }

    package var action: Action
    package var kind: Kind
    /// With a leading slash.
    ///
    /// Bytes, because real paths are not always UTF-8, nor fit for XML.
    package var path: [UInt8]
    package var copiedFrom: (path: String, revision: Int)?

    package init(
        _ action: Action,
        _ kind: Kind,
        _ path: String,
        copiedFrom: (path: String, revision: Int)? = nil
    ) {
        self.init(action, kind, bytes: Array(path.utf8), copiedFrom: copiedFrom)
    }

    package init(
        _ action: Action,
        _ kind: Kind,
        bytes path: [UInt8],
        copiedFrom: (path: String, revision: Int)? = nil
    ) {
        self.action = action
        self.kind = kind
        self.path = path
        self.copiedFrom = copiedFrom
    }

    package static func == (one: Self, other: Self) -> Bool {
        one.action == other.action && one.kind == other.kind && one.path == other.path
            && one.copiedFrom?.path == other.copiedFrom?.path && one.copiedFrom?.revision == other.copiedFrom?.revision
    }
}
