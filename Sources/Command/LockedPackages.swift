import Foundation

/// The packages of a lock file, with their versions as they are written there.
struct LockedPackages {
    private struct File: Decodable {
        struct Package: Decodable {
            var name: String
            var version: String
        }
        var packages: [Package]
        var packagesDev: [Package]?

        enum CodingKeys: String, CodingKey {
            case packages
            case packagesDev = "packages-dev"
        }
    }

    private static let maxBytes = 64 << 20

    /// In lower case, as Composer compares them.
    let versions: [(name: String, version: String)]

    /// - Throws: ``AuditFailure``.
    init(file path: String, withDev: Bool) throws {
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: Self.maxBytes + 1),
            data.count <= Self.maxBytes
        else { throw AuditFailure(description: "\(path) can't be read: it takes the path of a composer.lock") }
        guard let lock = try? JSONDecoder().decode(File.self, from: data) else {
            throw AuditFailure(description: "\(path) is no composer.lock: it has no list of packages with versions")
        }
        let all = lock.packages + (withDev ? lock.packagesDev ?? [] : [])
        self.versions = all.map { ($0.name.lowercased(), $0.version) }
    }
}
