/// Reads a section key by key, and collects what is wrong with it, so that all is said at once.
///
/// What was never asked for is unknown: ``finish()`` says so.
package struct SettingsSection {
    package let place: String
    package private(set) var problems: [String]
    private let members: [SettingMember]
    private var asked: [String] = []

    package init(_ value: SettingValue) {
        self.place = value.place
        switch value.content {
        case .none: (self.members, self.problems) = ([], [])
        case .section(let members): (self.members, self.problems) = (members, [])
        case .text, .list:
            (self.members, self.problems) = ([], ["\(value.place) is \(value.form); it takes a section of keys"])
        }
    }

    package var isEmpty: Bool { self.members.isEmpty }

    package mutating func refuse(_ problem: String) { self.problems.append(problem) }

    /// - Returns: nil where the key is not there, or has no value.
    package mutating func value(_ key: String) -> SettingValue? {
        self.asked.append(key)
        guard let value = self.members.first(where: { $0.key == key })?.value, value.content != .none else {
            return nil
        }
        return value
    }

    package mutating func text(_ key: String, _ wanted: String = "a text") -> String? {
        guard let value = self.value(key) else { return nil }
        guard case .text(let text) = value.content else {
            self.refuse("\(value.place) is \(value.form); it takes \(wanted)")
            return nil
        }
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            self.refuse("\(value.place) has a line break or control character in it; it takes \(wanted)")
            return nil
        }
        return text
    }

    /// `true` or `false`.
    package mutating func flag(_ key: String) -> Bool? {
        self.parsed(key, "true or false") { ["true": true, "false": false][$0] }
    }

    package mutating func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        self.parsed(key, "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A duration in seconds.
    package mutating func seconds(_ key: String, in range: ClosedRange<Int>, _ wanted: String) -> Int? {
        self.parsed(key, wanted) { text in Self.seconds(text).flatMap { range.contains($0) ? $0 : nil } }
    }

    /// - Parameter wanted: What the value has to be, for the message where `parse` returns nil.
    package mutating func parsed<Value>(_ key: String, _ wanted: String, _ parse: (String) -> Value?) -> Value? {
        guard let text = self.text(key, wanted) else { return nil }
        guard let value = parse(text) else {
            self.refuse("\(self.place(of: key)) is '\(text)'; it takes \(wanted)")
            return nil
        }
        return value
    }

    /// A list of texts, each with its place; one text alone is a list of one.
    package mutating func list(_ key: String, of wanted: String) -> [(text: String, place: String)]? {
        guard let value = self.value(key) else { return nil }
        var entries = [value]
        if case .list(let list) = value.content { entries = list }
        return entries.compactMap { entry in
            if case .text(let text) = entry.content { return (text, entry.place) }
            self.refuse("\(entry.place) is \(entry.form); it takes \(wanted)")
            return nil
        }
    }

    /// A section within; its problems are handed on with ``take(_:)``.
    package mutating func section(_ key: String) -> SettingsSection? { self.value(key).map(SettingsSection.init(_:)) }

    /// Ends the reading of a section within this one.
    package mutating func take(_ section: SettingsSection) {
        var section = section
        section.finish()
        self.problems += section.problems
    }

    /// Says which keys nobody asked for.
    package mutating func finish() {
        for member in self.members where !self.asked.contains(member.key) {
            self.refuse("\(member.value.place) is no key that is known here\(Spelling.remedy(member.key, self.asked))")
        }
    }

    package func place(of key: String) -> String {
        self.members.first { $0.key == key }?.value.place ?? "\(self.place).\(key)"
    }

    /// `90s`, `15m`, `2h` or `1d`, at most a year; a number alone is seconds.
    package static func seconds(_ text: String) -> Int? {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        let unit = text.last.flatMap { units[$0] }
        guard let count = Int(unit == nil ? text[...] : text.dropLast()), count > 0 else { return nil }
        let (seconds, overflows) = count.multipliedReportingOverflow(by: unit ?? 1)
        return overflows || seconds > 365 * 86_400 ? nil : seconds
    }
}
