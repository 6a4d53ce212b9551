import Composer

/// A document, and what becomes of each of its versions.
struct JudgedDocument {
    let scan: DocumentScan
    /// As many as the scan found, in their order.
    let versions: [JudgedVersion]
    /// Whether Composer installs packages of this name at all.
    let isInstallable: Bool

    /// - Parameters:
    ///   - name: Of the package, in lower case.
    ///   - addsNames: Whether versions without a name get it; else they are left out.
    init(_ scan: DocumentScan, name: String, addsNames: Bool) throws {
        self.scan = scan
        self.isInstallable = PackageName.isInstallable(name)
        var judge = VersionJudge(
            bytes: scan.bytes,
            name: Array(name.utf8),
            isInstallable: self.isInstallable,
            addsNames: addsNames
        )
        let found = scan.found?.versions ?? []
        var judged: [JudgedVersion] = []
        judged.reserveCapacity(found.count)
        var state: ScannedVersion?
        for version in found {
            guard scan.isMinified, version.isObject else {
                judged.append(try judge.judge(version))
                continue
            }
            if state == nil { state = version } else { state?.merge(version) }
            judged.append(try judge.judge(state ?? version))
        }
        self.versions = judged
    }
}

extension JudgedVersion {
    var isKept: Bool { self.fault == nil }

    /// Whether it belongs into the document of branches.
    var isBranch: Bool { self.isKept && self.isDev }
}
