/// Recorded changes that wait to be applied as commits, in rounds.
struct EventReplay: Sendable {
}
