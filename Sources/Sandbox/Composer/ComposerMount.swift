import Synchronization

/// One imitated Composer repository: where it is, what it speaks, and what it offers.
package final class ComposerMount: Sendable {
    /// What a request needs before it is answered.
    package enum Authentication: Equatable, Sendable {
        case basic(user: String, password: String)
        case bearer(token: String)
        case header(name: String, value: String)
    }

    /// The largest repository that shapes of few large files are made for.
    package static let mostWholesale = 20_000

    /// The first part of the paths, without slashes: `packagist` for `/packagist/packages.json`.
    package let name: String
    package let shape: ComposerShape
    package let world: ComposerWorld
    /// nil: everyone may ask.
    package let authentication: Authentication?
    /// Whether documents and archives are elsewhere: the same port under the name `localhost`, where nothing is asked
    /// for and credentials that arrive are counted.
    package let redirects: Bool
    /// Whether requests are refused that Packagist's policy does not allow: a User-Agent without `mailto`, or more than
    /// ten at once (with 429).
    package let enforcesEtiquette: Bool
    /// How long files of the past are served in a v1 tree, by the world's clock; 0: they are gone at once.
    package let keepsOldFilesSeconds: Int64
    /// Whether documents name GitHub for archives, where every package has the repository that is called like it.
    package let isOnGitHub: Bool
    /// Whether some packages have tars, plain or in gzip, instead of zips; not on GitHub.
    package let hasTars: Bool
    /// The folder of captures.
    package let folder: String?

    let traffic = ComposerTraffic()
    let tree = Mutex(ComposerTree())

    /// - Parameters:
    ///   - world: May be shared by several mounts, which then offer the same packages.
    /// - Throws: ``SandboxError/badCommand(_:)`` when the shape cannot be made for so many packages, or the name is none.
    package init(
        _ name: String,
        _ shape: ComposerShape,
        _ world: ComposerWorld,
        authentication: Authentication? = nil,
        redirects: Bool = false,
        enforcesEtiquette: Bool = false,
        keepsOldFilesSeconds: Int64 = 0,
        isOnGitHub: Bool = false,
        hasTars: Bool = false,
        folder: String? = nil
    ) throws(SandboxError) {
        guard !name.isEmpty, name.utf8.allSatisfy({ PercentCoding.isUnreserved($0) }) else {
            throw .badCommand("\"\(name)\" is no mount; use letters, digits and dashes")
        }
        guard !shape.isWholesale || world.packageCount <= Self.mostWholesale else {
            throw .badCommand("\(name): \(shape.rawValue) takes at most \(Self.mostWholesale) packages")
        }
        guard shape != .captures || folder != nil else { throw .badCommand("\(name): captures need a folder") }
        self.name = name
        self.shape = shape
        self.world = world
        self.authentication = authentication
        self.redirects = redirects
        self.enforcesEtiquette = enforcesEtiquette
        self.keepsOldFilesSeconds = keepsOldFilesSeconds
        self.isOnGitHub = isOnGitHub
        self.hasTars = hasTars && !isOnGitHub
        self.folder = folder
    }

    /// A folder of files, served as they are with gzip, Last-Modified and ETag.
    package convenience init(_ name: String, captures folder: String) throws(SandboxError) {
        try self.init(name, .captures, ComposerWorld(packages: 0), folder: folder)
    }

    /// What was asked so far.
    package var requests: ComposerRequests { self.traffic.requests }

    package func resetRequests() { self.traffic.reset() }
}
