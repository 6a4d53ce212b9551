import Crypto
import HTTPTypes

/// WordPress itself: the two checks of `api.wordpress.org/core/`, and the archives with a checksum beside each.
struct CoreService: Sendable {
    let releases: [SandboxCoreRelease]
    let baseURL: String

    func reply(to exchange: Exchange) -> Reply {
        switch exchange.route {
        case .coreStable: return Reply(contentType: DirectoryAPIText.json, self.stableCheck())
        case .coreVersion: return Reply(contentType: DirectoryAPIText.json, self.versionCheck())
        case .coreChecksum:
            guard let archive = self.archive(exchange.rest.dropLast(".sha1".count)) else { break }
            var digits: [UInt8] = []
            for byte in Insecure.SHA1.hash(data: archive) {
                digits.append(PercentCoding.lower[Int(byte >> 4)])
                digits.append(PercentCoding.lower[Int(byte & 15)])
            }
            return Reply(contentType: "application/octet-stream", digits)
        default:
            guard let archive = self.archive(exchange.rest[...]) else { break }
            return Reply(contentType: "application/zip", archive)
        }
        return Reply(status: .notFound, contentType: "text/html; charset=utf-8", "<h1>404 Not Found</h1>")
    }

    /// What upstream calls each release.
    private func stableCheck() -> [UInt8] {
        var json: [UInt8] = []
        json.append("{" as StaticString)
        for (index, release) in self.releases.enumerated() {
            if index > 0 { json.append("," as StaticString) }
            json.appendJSON(release.version)
            json.append(":" as StaticString)
            json.appendJSON(release.status)
        }
        json.append("}" as StaticString)
        return json
    }

    /// What is offered: the newest of some branches.
    private func versionCheck() -> [UInt8] {
        var json: [UInt8] = []
        json.append("{\"offers\":[" as StaticString)
        for (index, release) in self.releases.filter({ $0.php != nil }).enumerated() {
            json.append((index > 0 ? ",{" : "{") as StaticString)
            json.appendMember("response", release.status == "latest" ? "upgrade" : "autoupdate")
            let url = "\(self.baseURL)\(RequestClassifier.coreMount)/wordpress-\(release.version).zip"
            for (name, value) in [
                ("download", url), ("current", release.version), ("version", release.version),
                ("php_version", release.php ?? ""), ("mysql_version", "5.5.5"),
            ] as [(StaticString, String)] {
                json.append("," as StaticString)
                json.appendMember(name, value)
            }
            json.append("}" as StaticString)
        }
        json.append("],\"translations\":[]}" as StaticString)
        return json
    }

    /// `wordpress-6.6.2.zip`, or `wordpress-6.6.2-no-content.zip`.
    private func archive(_ name: Substring) -> [UInt8]? {
        for release in self.releases where release.hasArchives {
            for (suffix, isWhole) in [("", true), ("-no-content", false)]
            where name == "wordpress-\(release.version)\(suffix).zip" {
                var zip = ZipArchive(seconds: CivilTime.seconds(year: 2024, month: 1, day: 1))
                let version = "<?php\n$wp_version = '\(release.version)';\n"
                zip.add(name: "wordpress/wp-includes/version.php", Array(version.utf8))
                if isWhole { zip.add(name: "wordpress/wp-content/index.php", Array("<?php\n".utf8)) }
                return zip.finished().content
            }
        }
        return nil
    }
}
