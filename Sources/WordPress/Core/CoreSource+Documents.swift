import Composer
package import Facts
package import Upstream
import Wire

extension CoreSource {
    /// One document; WordPress has no branches that are published.
    package func derive(_ payload: CoreReleases, of package: KnownPackage, facts: LogFacts) -> DerivedPackage {
        guard let name = self.packageName(of: package.key) else {
            return DerivedPackage(documents: [], latestVersion: nil)
        }
        let releases = payload.releases.filter { !$0.lacksArchive }
        var json = JSONWriter(reservingCapacity: 512 * releases.count)
        json.append(raw: "{\"packages\":{")
        json.append(name)
        json.append(raw: ":[")
        for (index, release) in releases.enumerated() {
            if index > 0 { json.append(raw: ",") }
            self.append(release, name, package.key, to: &json)
        }
        json.append(raw: "]}}")
        let latest = releases.first { $0.status == "latest" } ?? releases.first
        return DerivedPackage(
            documents: [
                DerivedDocument(
                    path: DocumentName.main(of: name).path,
                    bytes: json.bytes,
                    hasVersions: !releases.isEmpty
                )
            ],
            latestVersion: latest?.version
        )
    }

    private func append(_ release: CoreReleases.Release, _ name: String, _ key: String, to json: inout JSONWriter) {
        json.append(raw: "{\"name\":")
        json.append(name)
        json.append(raw: ",\"description\":\"WordPress\",\"homepage\":\"https://wordpress.org/\",\"version\":")
        json.append(release.version)
        json.append(raw: ",\"version_normalized\":")
        json.append(Version.normalize(release.version) ?? release.version)
        json.append(raw: ",\"type\":\"wordpress-core\",\"license\":[\"GPL-2.0-or-later\"]")
        if let php = release.php, Version.normalize(php) != nil {
            json.append(raw: ",\"require\":{\"php\":")
            json.append(">=" + php)
            json.append(raw: "}")
        }
        json.append(raw: ",\"provide\":{\"wordpress/core-implementation\":")
        json.append(release.version)
        json.append(raw: "},\"dist\":{\"type\":\"zip\",\"url\":")
        json.append("\(self.archivesURL)/\(self.archive(of: release.version, key))")
        json.append(raw: ",\"reference\":")
        json.append(release.version)
        if let shasum = release.shasum {
            json.append(raw: ",\"shasum\":")
            json.append(shasum)
        }
        json.append(raw: "}}")
    }
}
