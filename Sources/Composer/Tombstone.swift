import Wire

/// What documents of a closed package say: that it has no versions any more, and why.
///
/// Composer takes such a name for found, and asks no other repository for it. What it prints of a document is `warning`
/// before 2.2 and `warnings` too since then; 1.10 prints it of a root alone, and reads no such document. `filter` is read
/// since 2.10, for those whose policy names the list (`HttpDownloader.php` of 2.0, 2.1, 2.2 and 2.10,
/// `RemoteFilesystem.php` of 1.10, `ComposerRepository.php` of 2.10).
package struct Tombstone: Equatable, Sendable {
    /// The list of `filter`: never one that Composer goes by unasked.
    package static let list = "closed"
    /// Of every version.
    package static let constraint = "*"
    /// More is no code for a reason, but prose.
    private static let mostReasonBytes = 64

    /// Of the package.
    package var name: String
    /// `2024-03-21`; nil where nobody says.
    private let date: String?
    /// A code such as `security-issue`; nil where nobody says.
    package let reason: String?
    package var isPermanent: Bool
    /// Where upstream shows the package to people.
    package var page: String?
    /// Who says so, and what it is there.
    package var source: String
    package var id: String

    /// - Parameters:
    ///   - date: As upstream writes it; left out where it is no day.
    ///   - reason: As upstream writes it; left out where it is anything but a code, because Composer prints it to terminals.
    package init(
        name: String,
        date: String?,
        reason: String?,
        isPermanent: Bool,
        page: String?,
        source: String,
        id: String
    ) {
        self.name = name
        self.date = date.flatMap { Self.isDay($0) ? $0 : nil }
        self.reason = reason.flatMap { Self.isCode($0) ? $0 : nil }
        self.isPermanent = isPermanent
        self.page = page
        self.source = source
        self.id = id
    }

    /// What people are told.
    package var message: String {
        var text = "\(self.name) was closed upstream"
        if let date { text += " on \(date)" }
        if let reason { text += ", reason: \(reason)" }
        if self.isPermanent { text += ", permanently" }
        text += ". It has no versions any more; what is installed gets no updates."
        if let page { text += " See \(page)" }
        return text
    }

    /// The bytes of the document of its releases, and of that of its branches.
    package var document: [UInt8] {
        var json = JSONWriter(reservingCapacity: 768)
        json.append(raw: "{\"packages\":{")
        json.append(self.name)
        // None prints both: before 2.2 the second is unknown, and from then on the first is for others.
        json.append(raw: ":[]},\"warning\":")
        json.append(self.message)
        json.append(raw: ",\"warning-versions\":\"<2.2\",\"warnings\":[{\"versions\":\"*\",\"message\":")
        json.append(self.message)
        json.append(raw: "}],\"filter\":{\"closed\":[{\"constraint\":\"*\"")
        if let page {
            json.append(raw: ",\"url\":")
            json.append(page)
        }
        json.append(raw: ",\"reason\":")
        json.append(self.reason ?? Self.list)
        json.append(raw: ",\"id\":")
        json.append(self.id)
        json.append(raw: ",\"source\":")
        json.append(self.source)
        json.append(raw: "}]}}")
        return json.bytes
    }

    private static func isDay(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.count == 10
            && bytes.indices.allSatisfy { index in
                index == 4 || index == 7 ? bytes[index] == UInt8(ascii: "-") : bytes[index].isDigit
            }
    }

    private static func isCode(_ text: String) -> Bool {
        (1...self.mostReasonBytes).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                byte.isDigit || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: "_")
            }
    }
}
