import Composer
import Wire

/// Why a version is left out: each would end the whole update of a client that meets it.
enum VersionFault: CaseIterable {
    /// It is no object.
    case noObject
    /// It is another package's, or nobody's.
    case wrongName
    /// Composer installs no package of that name.
    case refusedName
    /// It has no version, or one that does not parse where that is all there is.
    case noVersion
    case badSource
    case badDist
    case badBinaries
    /// A constraint that does not parse, in what it requires, conflicts with, provides or replaces.
    case badLinks
    /// A URL or reference that looks like an option, a binary outside of the package.
    case unsafe
}

/// What becomes of a version.
struct JudgedVersion {
    /// What it says, and in a minified list what those before it say.
    var version: ScannedVersion
    var fault: VersionFault?
    /// Whether it is a branch.
    var isDev = false
    /// Normal form, upstream's or ours; nil where there is a fault.
    var normalized: String?
    /// Whether the normal form is ours, and has to be added.
    var addsNormalized = false
    var addsName = false
}

/// Decides about versions as Composer's `ComposerRepository`, `ArrayLoader` and `ValidatingArrayLoader` do.
struct VersionJudge {
    private let bytes: [UInt8]
    private let name: [UInt8]
    private let isInstallable: Bool
    private let addsNames: Bool
    private var links: LinkJudge

    /// - Parameters:
    ///   - name: Of the package, in lower case.
    ///   - isInstallable: Whether Composer installs packages of that name.
    ///   - addsNames: Whether a name that is missing is added.
    init(bytes: [UInt8], name: [UInt8], isInstallable: Bool, addsNames: Bool) {
        self.bytes = bytes
        self.name = name
        self.isInstallable = isInstallable
        self.addsNames = addsNames
        self.links = LinkJudge(bytes: bytes, name: name)
    }

    mutating func judge(_ version: ScannedVersion) throws -> JudgedVersion {
        var judged = JudgedVersion(version: version)
        judged.fault = try self.fault(of: version, &judged)
        return judged
    }

    private mutating func fault(of version: ScannedVersion, _ judged: inout JudgedVersion) throws -> VersionFault? {
        guard version.isObject else { return .noObject }
        if let name = version.name.value {
            guard JSONReader.isName(self.bytes, at: name, self.name) else { return .wrongName }
        } else if self.addsNames {
            judged.addsName = true
        } else {
            return .wrongName
        }
        guard self.isInstallable else { return .refusedName }
        guard try self.normalize(version, &judged) else { return .noVersion }
        switch version.source {
        case .unusable, .unset: return .badSource
        case .unsafe: return .unsafe
        case .absent, .null, .usable: break
        }
        switch version.dist {
        case .unusable, .unset: return .badDist
        case .unsafe: return .unsafe
        case .absent, .null, .usable: break
        }
        switch version.bin {
        case .unusable: return .badBinaries
        case .unsafe: return .unsafe
        case .absent, .null, .unset, .usable: break
        }
        return try self.links.areUsable(of: version) ? nil : .badLinks
    }

    /// - Returns: False where Composer would end because of the version.
    private func normalize(_ version: ScannedVersion, _ judged: inout JudgedVersion) throws -> Bool {
        guard let place = version.version.value, let pretty = try JSONReader.scalar(self.bytes, at: place) else {
            return false
        }
        if let place = version.normalized.value {
            guard let normalized = try JSONReader.scalar(self.bytes, at: place) else { return false }
            if self.bytes[place.lowerBound] == UInt8(ascii: "\""), normalized != Version.defaultBranchAlias {
                judged.normalized = normalized
            } else {
                judged.normalized = Version.normalize(pretty)
            }
        } else {
            judged.normalized = Version.normalize(pretty)
            judged.addsNormalized = true
        }
        guard let normalized = judged.normalized else { return false }
        judged.isDev = Version.isDev(normalized)
        return true
    }
}
