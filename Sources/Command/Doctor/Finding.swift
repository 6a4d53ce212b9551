import ObjectStorage
import Pipeline
import Store
import Upstream

/// What a check of `packline doctor` has come to: one line.
package struct Finding: Sendable, Equatable, Encodable {
    package enum Status: String, Sendable, Encodable {
        case ok
        /// It works, and somebody should look at it.
        case warning
        case failed
        /// Another check has to be well first.
        case skipped
    }

    /// Names the check, for scripts too.
    package var check: String
    package var status: Status
    package var finding: String
    /// What to do about it; nil where nothing is to be done.
    package var remedy: String?

    package init(_ check: String, _ status: Status, _ finding: String, remedy: String? = nil) {
        self.check = check
        self.status = status
        self.finding = finding
        self.remedy = remedy
    }

    static func ok(_ check: String, _ finding: String) -> Finding { Finding(check, .ok, finding) }

    /// - Parameter reason: Why it was not made.
    static func skipped(_ check: String, because reason: String) -> Finding {
        Finding(check, .skipped, "not looked at, because \(reason)")
    }

    /// A message that says what is wrong and, behind a semicolon, what to do.
    ///
    /// - Parameter remedy: Where the message has none.
    static func failed(_ check: String, _ message: String, remedy: String) -> Finding {
        let parts = message.firstRange(of: "; ")
        return Finding(
            check,
            .failed,
            parts.map { String(message[..<$0.lowerBound]) } ?? message,
            remedy: parts.map { String(message[$0.upperBound...]) } ?? remedy
        )
    }

    /// What an error says; none of these ever holds a secret.
    ///
    /// - Parameter remedy: Where the error names none.
    static func failed(_ check: String, _ error: any Error, remedy: String) -> Finding {
        switch error {
        case var error as ObjectStoreError:
            let own = error.remedy
            error.remedy = nil
            return Finding(check, .failed, "\(error)", remedy: own ?? remedy)
        case let error as UpstreamError:
            return Finding(check, .failed, "\(error)", remedy: remedy)
        case let error as GuardRefusal:
            let text = error.description.replacing(". Nothing was changed", with: "")
            let parts = text.firstRange(of: ". ")
            return Finding(
                check,
                .failed,
                parts.map { String(text[..<$0.lowerBound]) } ?? text,
                remedy: parts.map { text[$0.upperBound...] }.map { $0.prefix(1).lowercased() + $0.dropFirst() }
                    ?? remedy
            )
        default: return .failed(check, "\(error)", remedy: remedy)
        }
    }
}

/// All that `packline doctor` found, in the order of the checks.
package struct DoctorReport: Sendable, Encodable {
    package var version = PacklineVersion.current
    package var findings: [Finding]

    /// The worst of all; what was skipped has its reason among the others.
    package var status: Finding.Status {
        let all = Set(self.findings.map(\.status))
        return all.contains(.failed) ? .failed : all.contains(.warning) ? .warning : .ok
    }

    private enum CodingKeys: CodingKey { case version, status, findings }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.version, forKey: .version)
        try container.encode(self.status, forKey: .status)
        try container.encode(self.findings, forKey: .findings)
    }

    /// One line a finding, and one for its remedy below it, each wrapped where it is longer than `width`.
    package func text(width: Int = 80) -> String {
        let indent = String(repeating: " ", count: 9)
        return self.findings.map { finding in
            let status = finding.status.rawValue.padding(to: indent.count)
            let lines = [Self.wrapped(status + "\(finding.check): \(finding.finding)", indent, width)]
            let remedy = finding.remedy.map { Self.wrapped("\(indent)remedy: \($0)", indent + "  ", width) }
            return (lines + [remedy].compactMap(\.self)).joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// Breaks at spaces only: an address that is too long for a line has one of its own.
    private static func wrapped(_ text: String, _ indent: String, _ width: Int) -> String {
        var lines: [String] = []
        // The blanks that it begins with, and those behind the status, are part of its first line.
        let start = text.prefix(indent.count)
        var line = String(start)
        var hasWord = false
        for word in text.dropFirst(start.count).split(separator: " ") {
            if hasWord, line.count + 1 + word.count > width {
                lines.append(line)
                (line, hasWord) = (indent, false)
            }
            line += hasWord ? " \(word)" : word
            hasWord = true
        }
        return (lines + [line]).joined(separator: "\n")
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - self.count))
    }
}
