import Composer
import Wire

/// The members that Composer needs and upstream's version lacks.
struct VersionAdditions {
    /// What was read of the version's own bytes: in a minified list not what it inherits.
    let own: ScannedVersion
    let judged: JudgedVersion
    let name: [UInt8]

    var isEmpty: Bool { !self.judged.addsNormalized && !self.judged.addsName }

    /// The normal form as JSON.
    static func text(_ text: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.append(text)
        return writer.bytes
    }

    func add(to edits: inout ByteEdits, in bytes: [UInt8]) {
        if self.judged.addsName {
            let name = Self.text(String(decoding: self.name, as: UTF8.self))
            self.put(name, as: "name", at: self.own.name, after: nil, &edits, bytes)
        }
        if self.judged.addsNormalized, let normalized = self.judged.normalized {
            let place = self.own.version.range?.upperBound
            self.put(
                Self.text(normalized),
                as: "version_normalized",
                at: self.own.normalized,
                after: place,
                &edits,
                bytes
            )
        }
    }

    /// A member that says nothing gets the value; where there is none, one comes after `place`, or first.
    private func put(
        _ value: [UInt8],
        as key: String,
        at member: Place,
        after place: Int?,
        _ edits: inout ByteEdits,
        _ bytes: [UInt8]
    ) {
        let text = Array("\"\(key)\":".utf8) + value
        if let range = member.range {
            edits.replace(range, with: value)
        } else if let place {
            edits.insert(Array(",".utf8) + text, at: place)
        } else if self.isWithoutMembers(bytes) {
            edits.replace(self.own.range, with: Array("{".utf8) + text + Array("}".utf8))
        } else {
            edits.insert(text + Array(",".utf8), at: self.own.range.lowerBound + 1)
        }
    }

    private func isWithoutMembers(_ bytes: [UInt8]) -> Bool {
        bytes[self.own.range].dropFirst().dropLast().allSatisfy(\.isMarkupSpace)
    }
}
