package import Foundation
import Glibc
import Synchronization

/// A program that a test runs to its end.
///
/// Not Foundation's `Process`, whose `run()` sometimes ends all tests on Linux: of each entry of `/proc/self/fd` it copies
/// 256 bytes of a name, and fewer may be there (https://github.com/swiftlang/swift-corelibs-foundation/pull/5472; Swift
/// 6.3.1 does so).
package struct ChildProcess: Sendable {
    package enum Errors: Sendable {
        /// To where those of the tests go.
        case shown
        case dropped
        /// Among what is written to the standard output.
        case inOutput
    }

    package struct End: Sendable {
        /// 128 and the signal's number where one ended it, as a shell says.
        package var status: Int32
        package var output: Data
        package var text: String { String(decoding: self.output, as: UTF8.self) }
    }

    private static let starting = Mutex(())

    private let words: [String]
    /// That of the tests where it is nil.
    package var environment: [String: String]?
    package var folder: String?
    /// The file that it reads as its standard input.
    package var input = "/dev/null"
    package var errors = Errors.shown

    /// - Parameter words: The program, which is looked for in `PATH`, and its arguments.
    package init(_ words: [String]) { self.words = words }

    /// Runs to the end.
    ///
    /// Waits on a thread of its own: it may ask servers in this process, which need the threads that tasks share, and
    /// connections are made with the help of those of Dispatch, which looks names up.
    ///
    /// - Throws: `POSIXError` where it can't be started.
    package func run() async throws -> End {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try self.runBlocking() }) }
        }
    }

    /// Runs to the end, and keeps this thread waiting.
    ///
    /// - Throws: `POSIXError` where it can't be started.
    package func runBlocking() throws -> End {
        // One after the other: a pipe is told to stay here after it is made, and no other program may start between.
        let (child, reading) = try Self.starting.withLock { _ in
            var ends: [Int32] = [0, 0]
            try Self.check(pipe(&ends) == 0 ? 0 : errno)
            defer { close(ends[1]) }
            let reading = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
            for end in ends { try Self.check(fcntl(end, F_SETFD, FD_CLOEXEC) == 0 ? 0 : errno) }
            return (try self.start(writingTo: ends[1]), reading)
        }
        let output = Result { try reading.readToEnd() ?? Data() }
        var status: Int32 = 0
        while waitpid(child, &status, 0) == -1, errno == EINTR {}
        // As `WIFEXITED` and its like, which are macros.
        let signal = status & 0x7F
        return End(status: signal == 0 ? (status >> 8) & 0xFF : 128 + signal, output: try output.get())
    }

    private func start(writingTo output: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        try Self.check(posix_spawn_file_actions_init(&actions))
        defer { posix_spawn_file_actions_destroy(&actions) }
        try Self.check(posix_spawn_file_actions_addopen(&actions, 0, self.input, O_RDONLY, 0))
        try Self.check(posix_spawn_file_actions_adddup2(&actions, output, 1))
        switch self.errors {
        case .shown: break
        case .dropped: try Self.check(posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0))
        case .inOutput: try Self.check(posix_spawn_file_actions_adddup2(&actions, output, 2))
        }

        // Threads that tasks share take no signals; a program does.
        var attributes = posix_spawnattr_t()
        try Self.check(posix_spawnattr_init(&attributes))
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        try Self.check(posix_spawnattr_setsigmask(&attributes, &signals))
        sigaddset(&signals, SIGPIPE)
        try Self.check(posix_spawnattr_setsigdefault(&attributes, &signals))
        try Self.check(posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)))

        let variables = self.environment ?? ProcessInfo.processInfo.environment
        let words = (self.folder.map { ["env", "--chdir=\($0)"] } ?? []) + self.words
        var arguments = words.map { strdup($0) } + [nil]
        var environment = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + environment { free(text) } }
        var child: pid_t = 0
        try Self.check(posix_spawnp(&child, words[0], &actions, &attributes, &arguments, &environment))
        return child
    }

    private static func check(_ code: Int32) throws {
        if code != 0 { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO) }
    }
}
