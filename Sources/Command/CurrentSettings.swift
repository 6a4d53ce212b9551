import Logging
import Pipeline
import Synchronization
import Upstream

/// What the stages are told, with what the files hold that it names.
///
/// They are read for each run: locks change while `--every` goes on.
final class CurrentSettings: Sendable {
    private let settings: Mutex<StageSettings>

    init(_ settings: StageSettings) { self.settings = Mutex(settings) }

    /// - Returns: The settings; of a file that can't be read, what it held when it last could.
    func reread(_ logger: Logger) -> StageSettings {
        let (settings, problems) = self.settings.withLock { settings in
            var problems: [String] = []
            settings.sources = settings.sources.map { $0.reread(&problems) }
            return (settings, problems)
        }
        for problem in problems { logger.warning("what it held before counts", metadata: ["problem": "\(problem)"]) }
        return settings
    }
}
