import Facts

/// Markup that is safe by construction: literals are markup, and every value put into one is escaped.
///
///     let cell: HTML = "<td title=\"\(package.name)\">\(package.title)</td>"
///
/// Values stand between tags or inside double quotes, nowhere else. The same text is good for XML.
package struct HTML: ExpressibleByStringInterpolation, Sendable, Equatable {
    package private(set) var text: String

    package init(stringLiteral text: StaticString) { self.text = "\(text)" }
    package init(stringInterpolation: StringInterpolation) { self.text = stringInterpolation.text }

    package static let nothing: HTML = ""

    /// A text, escaped.
    package init(escaping text: some StringProtocol) { self.text = Self.escaped(text) }

    package static func + (left: HTML, right: HTML) -> HTML {
        var both = left
        both.text += right.text
        return both
    }

    package static func += (left: inout HTML, right: HTML) { left.text += right.text }

    package struct StringInterpolation: StringInterpolationProtocol {
        var text: String

        package init(literalCapacity: Int, interpolationCount: Int) {
            self.text = ""
            self.text.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        package mutating func appendLiteral(_ literal: StaticString) { self.text += "\(literal)" }
        package mutating func appendInterpolation(_ value: some StringProtocol) { self.text += HTML.escaped(value) }
        package mutating func appendInterpolation(_ value: some BinaryInteger) { self.text += "\(value)" }
        mutating func appendInterpolation(_ run: RunID) { self.text += "\(run)" }
        package mutating func appendInterpolation(_ markup: HTML) { self.text += markup.text }
        package mutating func appendInterpolation(_ markup: HTML?) { self.text += markup?.text ?? "" }
        package mutating func appendInterpolation(_ markup: [HTML]) { for part in markup { self.text += part.text } }
    }

    /// The text with what is markup written as references.
    ///
    /// Characters that neither HTML nor XML may hold become U+FFFD.
    private static func escaped(_ text: some StringProtocol) -> String {
        var out = ""
        out.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            case "\t", "\n", "\r": out.unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": out.unicodeScalars.append("\u{FFFD}")
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}

extension Sequence<HTML> {
    /// All of them, one after the other.
    package func joined(_ separator: HTML = .nothing) -> HTML {
        var all = HTML.nothing
        for (index, part) in self.enumerated() { all += index == 0 ? part : separator + part }
        return all
    }
}
