import Composer
import Facts
import Store
import Wire

/// Numbers, times and the like, as people read them.
enum Format {
    /// Digits in groups, as in `1,234,567`.
    static func number(_ value: some BinaryInteger) -> String {
        let digits = String(value.magnitude)
        var out = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { out += "," }
            out.append(digit)
        }
        return out
    }

    /// A number with what it counts: `1 package`, `2 packages`.
    static func count(_ value: Int, _ one: String, _ many: String? = nil) -> String {
        "\(Self.number(value)) \(value == 1 ? one : many ?? one + "s")"
    }

    static func bytes(_ value: Int64) -> String {
        switch value {
        case ..<1_000: "\(value) bytes"
        case ..<1_000_000: "\(value / 1_000) kB"
        case ..<10_000_000_000: "\(Self.number(value / 1_000_000)) MB"
        default: "\(Self.number(value / 1_000_000_000)) GB"
        }
    }

    /// How long something took: `120 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`.
    static func duration(milliseconds: Int64) -> String {
        let seconds = milliseconds / 1_000
        switch milliseconds {
        case ..<1_000: return "\(max(0, milliseconds)) ms"
        case ..<60_000: return "\(seconds).\(milliseconds % 1_000 / 100) s"
        case ..<3_600_000: return "\(seconds / 60) min \(seconds % 60) s"
        case ..<172_800_000: return "\(seconds / 3_600) h \(seconds / 60 % 60) min"
        default: return "\(seconds / 86_400) days \(seconds / 3_600 % 24) h"
        }
    }

    /// How far away an instant is, in its largest unit: `3 minutes`.
    static func distance(milliseconds: Int64) -> String {
        let seconds = Int(milliseconds.magnitude / 1_000)
        return switch seconds {
        case ..<60: Self.count(seconds, "second")
        case ..<3_600: Self.count(seconds / 60, "minute")
        case ..<172_800: Self.count(seconds / 3_600, "hour")
        case ..<5_184_000: Self.count(seconds / 86_400, "day")
        case ..<63_072_000: Self.count(seconds / 2_592_000, "month")
        default: Self.count(seconds / 31_536_000, "year")
        }
    }

    static func relative(_ milliseconds: Int64, to now: Int64) -> String {
        switch now - milliseconds {
        case -1_000..<5_000: "just now"
        case let past where past > 0: "\(Self.distance(milliseconds: past)) ago"
        case let future: "in \(Self.distance(milliseconds: future))"
        }
    }

    /// For machines, as in `2026-11-21T14:40:00Z`.
    static func iso8601(_ milliseconds: Int64) -> String {
        UTCTime(milliseconds / 1_000)?.zulu ?? "\(milliseconds) ms after 1970"
    }

    /// For people, as in `2026-11-21 14:40:00 UTC`.
    static func utc(_ milliseconds: Int64) -> String {
        Self.iso8601(milliseconds).replacing("T", with: " ").replacing("Z", with: " UTC")
    }

    static func date(_ milliseconds: Int64) -> String { String(Self.iso8601(milliseconds).prefix(10)) }
}

extension HTML {
    /// An instant in relative words, with the exact one for machines and for those who point at it.
    static func time(_ milliseconds: Int64?, now: Int64, none: String = "never") -> HTML {
        guard let milliseconds else { return "<span class=\"muted\">\(none)</span>" }
        return """
            <time datetime="\(Format.iso8601(milliseconds))" title="\(Format.utc(milliseconds))">\
            \(Format.relative(milliseconds, to: now))</time>
            """
    }

    /// When something is to be done; what should have been done by now is due, however long ago that was.
    static func due(_ milliseconds: Int64?, now: Int64, none: String = "when it changes") -> HTML {
        guard let milliseconds else { return "<span class=\"muted\">\(none)</span>" }
        let words =
            switch now - milliseconds {
            case ..<0: "in \(Format.distance(milliseconds: milliseconds - now))"
            case ..<60_000: "due now"
            case let past: "due since \(Format.distance(milliseconds: past)) ago"
            }
        return """
            <time datetime="\(Format.iso8601(milliseconds))" title="\(Format.utc(milliseconds))">\(words)</time>
            """
    }

    /// An instant as its date.
    static func date(_ milliseconds: Int64?) -> HTML {
        guard let milliseconds else { return "<span class=\"muted\">unknown</span>" }
        return """
            <time datetime="\(Format.iso8601(milliseconds))" title="\(Format.utc(milliseconds))">\
            \(Format.date(milliseconds))</time>
            """
    }

    /// A hash, shortened to what tells it apart; the whole of it where one points at it.
    static func hash(_ hash: ContentHash) -> HTML {
        let hexadecimal = hash.hexadecimal
        return "<code class=\"hash\" title=\"\(hexadecimal)\">\(hexadecimal.prefix(12))</code>"
    }

    /// A link to a run.
    static func run(_ id: RunID) -> HTML { "<a href=\"\(SitePath.run(id))\">run \(id)</a>" }

    /// A link to the run of a step; where there was none, what is said then.
    static func run(_ step: PackageTrail.Step?, none: String = "none") -> HTML {
        step.map { HTML.run($0.run) } ?? "<span class=\"muted\">\(none)</span>"
    }

    /// A state as a coloured mark beside its word.
    static func badge(_ tone: Tone, _ text: String) -> HTML {
        "<span class=\"badge \(tone.rawValue)\"><span class=\"dot\" aria-hidden=\"true\"></span>\(text)</span>"
    }
}

/// What a state means; one colour each.
enum Tone: String, Sendable {
    case good, busy, warning, bad, quiet
}
