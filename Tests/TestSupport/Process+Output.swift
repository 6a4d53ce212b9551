package import Foundation

extension Process {
    /// Runs to the end, and gives what was written to the standard output, and to the standard error where that is wanted.
    ///
    /// Waits on a thread of its own: it may ask servers in this process, which need the threads that tasks share, and
    /// connections are made with the help of those of Dispatch, which looks names up.
    package func output(withErrors: Bool = false) async throws -> String {
        let pipe = Pipe()
        self.standardOutput = pipe
        if withErrors { self.standardError = pipe }
        try self.run()
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let data = pipe.fileHandleForReading.readDataToEndOfFile()
                self.waitUntilExit()
                continuation.resume(returning: String(decoding: data, as: UTF8.self))
            }
        }
    }
}
