/// One version of a generated package.
struct ComposerVersion: Sendable {
    var version: String
    var normalized: String
    var reference: [UInt8]
    /// When it was released, in seconds since 1970.
    var seconds: Int64
    /// Its place among the stable ones, oldest first; nil for a branch.
    var index: Int?
    /// Whether it is the branch that everything is made from.
    var isDefaultBranch = false

    /// `1.0.0`, six patches to a minor version and ten of those to a major one.
    static func stable(_ index: Int, isPrefixed: Bool) -> String {
        "\(isPrefixed ? "v" : "")\(index / 60 + 1).\(index / 6 % 10).\(index % 6)"
    }
}

extension ComposerCatalogue {
    /// The stable versions, newest first.
    func versions(_ number: Int, _ state: ComposerPackageState) -> [ComposerVersion] {
        let initial = self.initialVersions(number)
        let isPrefixed = self.hasPrefixedTags(number)
        var versions: [ComposerVersion] = []
        versions.reserveCapacity(initial + state.releases.count)
        for index in (0..<(initial + state.releases.count)).reversed() {
            let version = ComposerVersion.stable(index, isPrefixed: isPrefixed)
            let digits = isPrefixed ? version.dropFirst() : version[...]
            versions.append(
                ComposerVersion(
                    version: version,
                    normalized: "\(digits).0",
                    reference: self.reference(number, 1, index),
                    seconds: index < initial ? self.releaseSeconds(number, index) : state.releases[index - initial],
                    index: index
                )
            )
        }
        return versions
    }

    /// The branches.
    func branches(_ number: Int, _ state: ComposerPackageState) -> [ComposerVersion] {
        var branches: [ComposerVersion] = []
        for branch in 0..<self.branches(number) {
            // Only the main branch moves.
            let isMain = branch == 0
            let time = isMain ? state.devTime : self.initialTime(number, isDev: true)
            branches.append(
                ComposerVersion(
                    version: isMain ? "dev-main" : "\(branch).x-dev",
                    normalized: isMain ? "dev-main" : "\(branch).9999999.9999999.9999999-dev",
                    reference: self.reference(number, UInt64(branch) + 2, isMain ? state.devRevision : 0),
                    seconds: time / 10_000,
                    index: nil,
                    isDefaultBranch: isMain
                )
            )
        }
        return branches
    }
}
