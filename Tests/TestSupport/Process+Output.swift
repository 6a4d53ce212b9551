import Dispatch
package import Foundation

extension Process {
    /// Runs to the end, and gives what was written to the standard output, and to the standard error where that is wanted.
    ///
    /// Waits on a thread that is none of those of the servers in this process that it may ask.
    package func output(withErrors: Bool = false) async throws -> String {
        let pipe = Pipe()
        self.standardOutput = pipe
        if withErrors { self.standardError = pipe }
        try self.run()
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let data = pipe.fileHandleForReading.readDataToEndOfFile()
                self.waitUntilExit()
                continuation.resume(returning: String(decoding: data, as: UTF8.self))
            }
        }
    }
}
