import Composer
import ObjectStorage
import Pipeline
import Store
import Wire

extension Settings {
    mutating func readDatabase(from reader: inout SettingsReader) {
        self.databaseURL = reader.text("PACKLINE_DATABASE_URL") ?? self.databaseURL
        // The value is not repeated: it may hold a password.
        if let problem = DatabaseURL.problem(of: self.databaseURL) {
            reader.problems.append("PACKLINE_DATABASE_URL \(problem)")
        }
    }

    mutating func readStorage(from reader: inout SettingsReader) {
        if let text = reader.text("PACKLINE_BUCKET_URL") {
            do { self.stages.bucket = try BucketURL(text) } catch {
                reader.problems.append("PACKLINE_BUCKET_URL: \(error)")
            }
        }
        if let text = reader.text("PACKLINE_S3_ENDPOINT") {
            do { self.s3Endpoint = try S3Endpoint(text) } catch {
                reader.problems.append("PACKLINE_S3_ENDPOINT: \(error)")
            }
        }
        self.usesPathStyle =
            reader.choice("PACKLINE_S3_PATH_STYLE", default: self.s3Endpoint == nil ? Truth.false : .true) == .true
        if let region = reader.text("AWS_REGION") {
            // It becomes a part of host names and of signatures.
            let isPart: (UInt8) -> Bool = {
                Percent.isUnreserved($0) && $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "~")
            }
            if (1...64).contains(region.utf8.count), region.utf8.allSatisfy(isPart) {
                self.region = region
            } else {
                reader.problems.append("AWS_REGION is '\(region)'; it takes a name such as us-east-1")
            }
        }
        self.stages.conditions = reader.choice("PACKLINE_S3_CONDITIONS", default: .auto)
        self.stages.storeGzip = reader.choice("PACKLINE_STORE_GZIP", default: Truth.false) == .true
        self.stages.cacheControlDocuments = reader.header(
            "PACKLINE_CACHE_CONTROL_DOCUMENTS",
            default: self.stages.cacheControlDocuments
        )
        self.stages.cacheControlRoot = reader.header(
            "PACKLINE_CACHE_CONTROL_ROOT",
            default: self.stages.cacheControlRoot
        )
        self.credentials = CredentialSettings(from: &reader)
        if case .s3 = self.stages.bucket {
            self.credentials.check(endpoint: self.s3Endpoint, problems: &reader.problems)
        }
    }

    /// Reads where to purge; the URLs need a place to begin with, so this comes after the derivation's settings.
    mutating func readPurge(from reader: inout SettingsReader) {
        let webhook = reader.webhook("PACKLINE_PURGE_URL")
        let zone = reader.text("PACKLINE_CLOUDFLARE_ZONE")
        let token = reader.token("PACKLINE_CLOUDFLARE_TOKEN")
        guard webhook != nil || zone != nil || token != nil else { return }
        if (zone == nil) != (token == nil) {
            reader.problems.append("PACKLINE_CLOUDFLARE_ZONE and PACKLINE_CLOUDFLARE_TOKEN belong together: set both")
        } else if webhook != nil, zone != nil {
            reader.problems.append("PACKLINE_PURGE_URL and PACKLINE_CLOUDFLARE_ZONE are both set: set one of them")
        }
        guard let base = self.stages.repositoryURL ?? self.stages.publicURL else {
            reader.problems.append(
                "PACKLINE_PURGE_URL or PACKLINE_CLOUDFLARE_ZONE is set, and where the repository is reached is not: set "
                    + "PACKLINE_REPOSITORY_URL to the URL that packages.json is directly below"
            )
            return
        }
        if let zone, let token {
            self.purge = PurgeSettings(service: .cloudflare(zone: zone, token: token), baseURL: base)
        } else if let webhook {
            self.purge = PurgeSettings(service: .webhook(webhook), baseURL: base)
        }
    }
}

/// Which cache is told about changed objects.
package struct PurgeSettings: Sendable {
    package enum Service: Sendable {
        case cloudflare(zone: String, token: String)
        case webhook(String)
    }

    package var service: Service
    /// What the URLs of objects begin with: `PACKLINE_REPOSITORY_URL`, else `PACKLINE_PUBLIC_URL`.
    package var baseURL: String
}
