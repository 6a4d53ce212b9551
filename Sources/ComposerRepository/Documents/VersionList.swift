import Composer

/// Writes a list of versions anew.
///
/// Without minification each version is upstream's bytes, and what was missing in it.
struct VersionList {
    private let isMinified: Bool
    private let name: [UInt8]
    private var plain: [UInt8] = []
    private var state = VersionState()
    private var minifier = VersionMinifier()
    private(set) var count = 0

    init(isMinified: Bool, name: [UInt8]) {
        self.isMinified = isMinified
        self.name = name
    }

    var bytes: [UInt8] {
        Array("[".utf8) + (self.isMinified ? self.minifier.elements : self.plain) + Array("]".utf8)
    }

    /// Appends those versions of a document that are kept.
    mutating func append(_ document: JudgedDocument, isKept: (JudgedVersion) -> Bool) throws {
        if self.isMinified { self.minifier.touch(self.state.clear()) }
        for (own, judged) in zip(document.scan.found?.versions ?? [], document.versions) {
            let isKept = isKept(judged)
            if isKept { self.count += 1 }
            if self.isMinified {
                try self.follow(own, judged, in: document.scan)
                if isKept { self.minifier.append(self.state) }
            } else if isKept {
                self.appendPlain(own, judged, document.scan.bytes)
            }
        }
    }

    private mutating func appendPlain(_ own: ScannedVersion, _ judged: JudgedVersion, _ bytes: [UInt8]) {
        if self.count > 1 { self.plain.append(UInt8(ascii: ",")) }
        let additions = VersionAdditions(own: own, judged: judged, name: self.name)
        guard !additions.isEmpty else {
            self.plain.append(contentsOf: bytes[own.range])
            return
        }
        var edits = ByteEdits()
        additions.add(to: &edits, in: bytes)
        self.plain.append(contentsOf: edits.applied(to: bytes, in: own.range))
    }

    private mutating func follow(_ own: ScannedVersion, _ judged: JudgedVersion, in scan: DocumentScan) throws {
        if !scan.isMinified { self.minifier.touch(self.state.clear()) }
        self.minifier.touch(try self.state.apply(own.range, of: scan.bytes))
        guard judged.fault == nil else { return }
        if judged.addsName {
            self.add("name", VersionAdditions.text(String(decoding: self.name, as: UTF8.self)))
        }
        if judged.addsNormalized, let normalized = judged.normalized {
            self.add("version_normalized", VersionAdditions.text(normalized))
        }
    }

    private mutating func add(_ key: String, _ value: [UInt8]) {
        let key = Array(key.utf8)
        self.state.set(key, spelled: key[...], to: value[...])
        self.minifier.touch([key])
    }
}
