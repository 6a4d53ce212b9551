import Composer
import Wire

/// What is told about a package besides its documents.
struct VersionSummary {
    private(set) var description: String?
    private(set) var latestVersion: String?
    private(set) var newestSeconds: Int64?
    /// Which version is the newest stable one.
    private(set) var latestIndex: Int?

    init(_ document: JudgedDocument) throws {
        let bytes = document.scan.bytes
        var latest: String?
        var lastTime: Range<Int>?
        for (index, judged) in document.versions.enumerated() where judged.isKept {
            if self.description == nil, let place = judged.version.description.value {
                self.description = try Self.description(bytes, at: place)
            }
            if let place = judged.version.time.value, place != lastTime {
                lastTime = place
                if let seconds = Self.seconds(bytes, at: place) {
                    self.newestSeconds = max(seconds, self.newestSeconds ?? seconds)
                }
            }
            guard let normalized = judged.normalized, !judged.isDev,
                Version.stability(ofNormalized: normalized) == .stable
            else { continue }
            if let latest, Version.compare(normalized: normalized, normalized: latest) <= 0 { continue }
            latest = normalized
            self.latestIndex = index
        }
        if let index = self.latestIndex, let place = document.versions[index].version.version.value {
            self.latestVersion = try JSONReader.scalar(bytes, at: place)
        }
    }

    /// The time that a version says; nil where it is no text, or none.
    private static func seconds(_ bytes: [UInt8], at place: Range<Int>) -> Int64? {
        guard bytes[place.lowerBound] == UInt8(ascii: "\"") else { return nil }
        return WrittenTime.seconds(bytes.span.extracting((place.lowerBound + 1)..<(place.upperBound - 1)))
    }

    /// The beginning of it, of whole characters; nil when it is empty, or no text.
    private static func description(_ bytes: [UInt8], at place: Range<Int>) throws -> String? {
        guard bytes[place.lowerBound] == UInt8(ascii: "\""), let text = try JSONReader.scalar(bytes, at: place) else {
            return nil
        }
        guard text.utf8.count > DocumentLimits.descriptionBytes else { return text.isEmpty ? nil : text }
        var cut = ""
        for scalar in text.unicodeScalars {
            guard cut.utf8.count + 4 <= DocumentLimits.descriptionBytes else { break }
            cut.unicodeScalars.append(scalar)
        }
        return cut
    }
}
