import Foundation

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

    static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
