import Synchronization

/// The state that the sandbox shows: the two directories with their packages and revision logs, and WordPress's releases.
///
/// Everything follows from how it was made and from the commands since, in their order. It has a clock of its own,
/// which advances with each commit; nothing in it depends on the time of day.
package final class SandboxWorld: Sendable {
    struct State: Sendable {
        var plugins: SandboxRepository
        var themes: SandboxRepository
        var core = SandboxCoreRelease.few
        var nowMicroseconds: Int64
        var generator: SplitMix
        var replay: EventReplay?

        init(startMicroseconds start: Int64, generator: SplitMix) {
            self.plugins = SandboxRepository(directory: .plugins, startMicroseconds: start)
            self.themes = SandboxRepository(directory: .themes, startMicroseconds: start)
            self.nowMicroseconds = start
            self.generator = generator
        }

        subscript(directory: SandboxDirectory) -> SandboxRepository {
            get { directory == .plugins ? self.plugins : self.themes }
            _modify {
                if directory == .plugins { yield &self.plugins } else { yield &self.themes }
            }
        }

        /// Advances the clock to the time of the next commit.
        mutating func tick() -> Int64 {
            self.nowMicroseconds +=
                Int64(self.generator.below(540) + 60) * 1_000_000 + Int64(self.generator.below(999_983))
            return self.nowMicroseconds
        }
    }

    private let state: Mutex<State>

    /// A world without packages, at revision 0.
    ///
    /// - Parameters:
    ///   - seed: Decides the steps of the clock.
    ///   - startSeconds: The world's time at the start, in seconds since 1970.
    package init(seed: UInt64 = 1, startSeconds: Int64 = CivilTime.seconds(year: 2024, month: 1, day: 1)) {
        self.state = Mutex(State(startMicroseconds: startSeconds * 1_000_000, generator: SplitMix(seed: seed)))
    }

    init(state: consuming sending State) { self.state = Mutex(state) }

    func withState<R, E: Error>(_ body: (inout sending State) throws(E) -> sending R) throws(E) -> sending R {
        try self.state.withLock(body)
    }
}
