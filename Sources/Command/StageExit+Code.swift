import ArgumentParser
import Foundation
import Pipeline

extension StageExit {
    /// The status that the process ends with.
    var code: ExitCode { ExitCode(self.rawValue) }

    /// The same after a line on standard error.
    func saying(_ error: any Error) -> ExitCode {
        let text = "\(error)\n"
        Terminal.write(Terminal.isScreen ? Terminal.folded(text, columns: Terminal.columns(STDERR_FILENO)) : text)
        return self.code
    }
}
