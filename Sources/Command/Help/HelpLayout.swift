/// The parser's help, laid out for as many columns as there are: it has one layout for all terminals, and does not wrap
/// its usage.
enum HelpLayout {
    /// What the parser is told, so that it wraps nothing itself.
    static let unwrapped = 100_000

    /// Where the parser begins what it says of a flag.
    private static let textColumn = 26
    /// Below it a flag has a line of its own: beside it there is room for few words.
    private static let leastColumns = 60

    /// - Parameters:
    ///   - text: Help as the parser has it for ``unwrapped`` columns.
    ///   - columns: The most that a line has, but for a word that is longer.
    static func fitted(_ text: String, columns: Int) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var fitted: [String] = []
        var isTable = false
        var index = 0
        while index < lines.count {
            let line = lines[index]
            index += 1
            if Self.isUsage(line) {
                isTable = false
                fitted.append(Self.usage(line, columns: columns))
            } else if isTable, line.hasPrefix("  "), !line.hasPrefix("   ") {
                var (label, text) = Self.parts(line)
                if index < lines.count, lines[index].hasPrefix(String(repeating: " ", count: Self.textColumn)) {
                    (label, text) = (line, lines[index])
                    index += 1
                }
                fitted.append(Self.entry(label, text, columns: columns))
            } else {
                isTable = !line.isEmpty && (isTable || Self.isHeading(line))
                let (label, text) = Self.paragraph(line)
                // Commands are not broken: they are to be copied.
                fitted.append(
                    line.count > columns && !line.hasPrefix("  packline ")
                        ? VerbHelp.wrapped(text, columns, label: label, indent: label.count) : line
                )
            }
        }
        return fitted.joined(separator: "\n")
    }

    static func isUsage(_ line: String) -> Bool { line.hasPrefix("USAGE: ") || line.hasPrefix("Usage: ") }

    /// Broken between flags; within one only where it has no room in a line of its own.
    static func usage(_ line: String, columns: Int) -> String {
        let indent = "USAGE: ".count
        var lines: [String] = []
        var current = ""
        func add(_ word: String) {
            if current.isEmpty {
                current = word
            } else if current.count + 1 + word.count <= columns {
                current += (current.allSatisfy { $0 == " " } ? "" : " ") + word
            } else {
                lines.append(current)
                current = String(repeating: " ", count: indent) + word
            }
        }
        for flag in Self.flags(line) {
            if indent + flag.count <= columns {
                add(flag)
            } else {
                flag.split(separator: " ").forEach { add(String($0)) }
            }
        }
        return (lines + [current]).joined(separator: "\n")
    }

    /// The words of a usage line, with what stands in brackets as one.
    private static func flags(_ line: String) -> [String] {
        var flags = [""]
        var depth = 0
        for character in line {
            if character == " ", depth == 0 {
                flags.append("")
            } else {
                if "[(".contains(character) { depth += 1 }
                if "])".contains(character) { depth -= 1 }
                flags[flags.count - 1].append(character)
            }
        }
        return flags.filter { !$0.isEmpty }
    }

    private static func isHeading(_ line: String) -> Bool {
        line.hasSuffix(":") && line.first?.isLetter == true && line == line.uppercased()
    }

    /// The margin of a line, with the exit status that what follows is the meaning of, and the rest.
    private static func paragraph(_ line: String) -> (label: String, text: String) {
        let margin = line.prefix { $0 == " " }
        let code = line.dropFirst(margin.count).prefix { $0.isNumber }
        let room = line.dropFirst(margin.count + code.count).prefix { $0 == " " }
        let isStatus = !margin.isEmpty && !code.isEmpty && room.count > 1
        let label = line.prefix(isStatus ? margin.count + code.count + room.count : margin.count)
        return (String(label), String(line.dropFirst(label.count)))
    }

    private static func parts(_ line: String) -> (label: String, text: String) {
        (String(line.prefix(Self.textColumn)), String(line.dropFirst(Self.textColumn)))
    }

    private static func entry(_ label: String, _ text: String, columns: Int) -> String {
        let words = label.split(separator: " ").joined(separator: " ")
        let head = VerbHelp.wrapped(words, columns, label: "  ", indent: 4)
        guard text.contains(where: { $0 != " " }) else { return head }
        let isNarrow = columns < Self.leastColumns
        let indent = isNarrow ? 6 : Self.textColumn
        if !isNarrow, head.count < indent {
            let padded = head + String(repeating: " ", count: indent - head.count)
            return VerbHelp.wrapped(text, columns, label: padded, indent: indent)
        }
        let margin = String(repeating: " ", count: indent)
        return head + "\n" + VerbHelp.wrapped(text, columns, label: margin, indent: indent)
    }
}
