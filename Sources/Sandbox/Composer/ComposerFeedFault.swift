/// What can be wrong with an answer of the change feed.
package enum ComposerFeedFault: Equatable, Sendable {
    /// As after a restore from an old backup: no actions, and a timestamp of long ago.
    case restarted
    /// The timestamp is this much lower than it should be (1/10,000 s).
    case jumpsBack(units: Int64)
    /// All actions that are kept come again, whatever `since` says.
    case repeats
    /// This stands for the timestamp, as it is: a number beyond all bounds, a string, null.
    case timestamp(json: String)
    /// Before the real actions come some that name no package, name a wrong one, or are of an unknown type.
    case oddActions
    /// A resync although nothing calls for it.
    case resync
}
