import Foundation

extension Terminal {
    /// A ``plain(_:)`` text for standard output, as ``folded(_:columns:)`` where that is a terminal.
    static func forOutput(_ text: String) -> String {
        let text = self.plain(text)
        return isatty(STDOUT_FILENO) == 1 ? self.folded(text, columns: self.columns(STDOUT_FILENO)) : text
    }

    /// The same for standard error.
    static func forErrors(_ text: String) -> String {
        let text = self.plain(text)
        return self.isScreen ? self.folded(text, columns: self.columns(STDERR_FILENO)) : text
    }

    /// The text without control characters but line breaks: what upstreams and files say may speak to the terminal.
    static func plain(_ text: String) -> String {
        var plain = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isControl = scalar.properties.generalCategory == .control && scalar != "\n"
            plain.append(isControl ? "\u{fffd}" : scalar)
        }
        return String(plain)
    }

    /// The text with lines that are too long broken at spaces; what follows stands two columns further in.
    static func folded(_ text: String, columns: Int) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.count < columns ? String($0) : self.foldedLine($0, columns) }
            .joined(separator: "\n")
    }

    private static func foldedLine(_ text: Substring, _ columns: Int) -> String {
        let margin = text.prefix { $0 == " " }
        // Where there is no room for words beside it, a margin helps nobody.
        let indent = margin.count + 2 < columns / 2 ? margin + "  " : ""
        var lines: [String] = []
        var (line, isFresh) = (String(margin), true)
        for word in text.dropFirst(margin.count).split(separator: " ", omittingEmptySubsequences: false) {
            if !isFresh, line.count + 1 + word.count >= columns {
                lines.append(String(line.reversed().drop { $0 == " " }.reversed()))
                (line, isFresh) = (String(indent), true)
            }
            if isFresh, word.isEmpty { continue }
            line += (isFresh ? "" : " ") + word
            isFresh = false
        }
        return (lines + [line]).joined(separator: "\n")
    }
}
