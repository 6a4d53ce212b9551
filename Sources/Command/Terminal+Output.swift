import Foundation
import Synchronization
import SystemPackage

/// What the program was asked for, on standard output.
extension Terminal {
    /// Why something could not be written; nil where all could.
    private static let outputError = Mutex<(any Error)?>(nil)

    static func print(_ text: String, terminator: String = "\n") { self.output(Array((text + terminator).utf8)) }

    /// What can't be written is said by ``end(_:)``.
    static func output(_ bytes: [UInt8]) {
        do { _ = try FileDescriptor.standardOutput.writeAll(bytes) } catch {
            self.outputError.withLock { $0 = $0 ?? error }
        }
    }

    /// Ends the process.
    ///
    /// Where something that was asked for could not be written, that is said, and 0 becomes 1. A reader that has gone wanted
    /// no more of it: nothing is said, and 0 becomes 141, which a shell makes of SIGPIPE.
    static func end(_ code: Int32) -> Never {
        guard let error = self.outputError.withLock({ $0 }) else { exit(code) }
        let isUnread = error as? Errno == .brokenPipe
        if !isUnread { self.write("standard output can't be written: \(error)\n") }
        exit(code != 0 ? code : isUnread ? 128 + SIGPIPE : 1)
    }
}
