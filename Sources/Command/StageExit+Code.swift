import ArgumentParser
import Foundation
import Pipeline

extension StageExit {
    /// The status that the process ends with.
    var code: ExitCode { ExitCode(self.rawValue) }

    /// The same after a line on standard error.
    func saying(_ error: any Error) -> ExitCode {
        Terminal.write(Terminal.forErrors("\(error)\n"))
        return self.code
    }
}
