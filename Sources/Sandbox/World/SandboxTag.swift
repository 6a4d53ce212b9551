/// A released version: `tags/NAME` of a plugin, the directory `NAME` of a theme.
package struct SandboxTag: Equatable, Sendable {
    package var name: String
    /// The revision in which the directory appeared.
    package var addedRevision: Int32
    /// The last revision that changed something in it.
    package var revision: Int32

    init(name: String, addedRevision: Int, revision: Int? = nil) {
        self.name = name
        self.addedRevision = Int32(addedRevision)
        self.revision = Int32(revision ?? addedRevision)
    }
}
