import Foundation
import SystemPackage

/// What standard output and standard error lead to.
enum Terminal {
    /// Whether standard error is a terminal on which a line can be cleared.
    static let isScreen = isatty(STDERR_FILENO) == 1 && !["", "dumb"].contains(Self.variable("TERM") ?? "")

    /// Whether levels of the log have colours (https://no-color.org: set to anything but nothing, there are none).
    static var hasColours: Bool { self.isScreen && (self.variable("NO_COLOR") ?? "").isEmpty }

    /// How wide the terminal is at this moment; 80 columns where nothing says so.
    ///
    /// - Parameter descriptor: Of standard output or standard error.
    static func columns(_ descriptor: Int32) -> Int {
        var size = winsize()
        if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return self.variable("COLUMNS").flatMap(Int.init).flatMap { $0 > 0 ? $0 : nil } ?? 80
    }

    /// Writes to standard error.
    ///
    /// What can't be written there is dropped: a log on a full disk stops no work.
    static func write(_ text: String) { _ = try? FileDescriptor.standardError.writeAll(Array(text.utf8)) }

    /// Opens standard input, output and error where they are closed, so that each of them can't be read or written.
    ///
    /// Else the next file or connection has the number of one of them, and what was meant for that goes into it.
    static func openClosed() {
        for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
        where fcntl(descriptor, F_GETFD) == -1 {
            // What is opened has the lowest number that is free: this one, because those below it are open.
            _ = open("/dev/null", mode)
        }
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
