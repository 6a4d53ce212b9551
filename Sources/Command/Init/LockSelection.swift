import Composer
import Foundation
import Pipeline
import WordPress

/// What the sites of some `composer.lock` files have installed, by who has it.
struct LockSelection: Sendable {
    private struct Lock: Decodable {
        struct Package: Decodable {
            struct Distribution: Decodable { var url: String? }
            var name: String
            var type: String?
            var notificationURL: String?
            var dist: Distribution?

            enum CodingKeys: String, CodingKey {
                case name, type, dist
                case notificationURL = "notification-url"
            }
        }
        var packages: [Package]
        var packagesDev: [Package]?

        enum CodingKeys: String, CodingKey {
            case packages
            case packagesDev = "packages-dev"
        }
    }

    private static let maxBytes = 64 << 20
    /// Vendors of WordPress.org's packages: WPackagist's, and those of WP Packages and of Packline.
    private static let pluginVendors: Set<String> = ["wpackagist-plugin", "wp-plugin"]
    private static let themeVendors: Set<String> = ["wpackagist-theme", "wp-theme"]
    private static let coreVendor = "wp-core"

    private(set) var plugins: Set<String> = []
    private(set) var themes: Set<String> = []
    /// Names of packages that are WordPress itself, under any vendor.
    private(set) var cores: Set<String> = []
    /// Names of Packagist's packages.
    private(set) var packagist: Set<String> = []
    /// Of all others, each with the hosts that its repository and its archive are on.
    private(set) var others: [String: Set<String>] = [:]

    /// - Throws: ``InvalidSettings`` naming each file that is none.
    init(files: [String]) throws {
        var problems: [String] = []
        for path in files {
            guard let file = FileHandle(forReadingAtPath: path),
                let data = try? file.read(upToCount: Self.maxBytes + 1), data.count <= Self.maxBytes
            else {
                problems.append("--lock names '\(path)', which can't be read: it takes the path of a composer.lock")
                continue
            }
            guard let lock = try? JSONDecoder().decode(Lock.self, from: data) else {
                problems.append(
                    "--lock names '\(path)', which is no composer.lock: it has no list of packages with names"
                )
                continue
            }
            for package in lock.packages + (lock.packagesDev ?? []) { self.add(package) }
        }
        if !problems.isEmpty { throw InvalidSettings(problems: problems) }
    }

    private mutating func add(_ package: Lock.Package) {
        let name = package.name.lowercased()
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        // What is no name can't be asked for anywhere.
        guard parts.count == 2, PackageName.isValid(name) else { return }
        if PackageName.isAskable(slug: parts[1]) {
            if Self.pluginVendors.contains(parts[0]) { return _ = self.plugins.insert(parts[1]) }
            if Self.themeVendors.contains(parts[0]) { return _ = self.themes.insert(parts[1]) }
        }
        if package.type == "wordpress-core" || parts[0] == Self.coreVendor { self.cores.insert(name) }
        if parts[0] == Self.coreVendor { return }
        let repository = Self.host(package.notificationURL)
        if repository == "packagist.org" || repository?.hasSuffix(".packagist.org") == true {
            self.packagist.insert(name)
        } else {
            self.others[name, default: []].formUnion([repository, Self.host(package.dist?.url)].compactMap(\.self))
        }
    }

    /// Entries of `PACKLINE_ONLY` for each source of WordPress.org, and how many packages of it nobody else has.
    var wordPress: [(source: String, entries: [String], count: Int)] {
        [
            ("wordpress-plugins", self.plugins.sorted().map { "plugin:\($0)" }, self.plugins.count),
            ("wordpress-themes", self.themes.sorted().map { "theme:\($0)" }, self.themes.count),
            (
                "wordpress-core", self.cores.isEmpty ? [] : ["core:wordpress"],
                self.cores.count { $0.hasPrefix(Self.coreVendor + "/") }
            ),
        ]
    }

    static func host(_ url: String?) -> String? { url.flatMap { URL(string: $0)?.host()?.lowercased() } }

    /// Names of packages whose repository or archive is on the host of this URL.
    func names(on url: String) -> Set<String> {
        guard let host = Self.host(url) else { return [] }
        return Set(self.others.filter { $0.value.contains(host) }.keys)
    }
}
