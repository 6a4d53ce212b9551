package import ObjectStorage
package import Pipeline
package import Transport

/// All settings, read from the environment, and from the file that `PACKLINE_CONFIG` names where that is set.
///
/// ## Environment variables
/// - `PACKLINE_DATABASE_URL` (default `sqlite:data/packline.sqlite`): the database that the stages share.
/// - `PACKLINE_BUCKET_URL` (default `file:data/public`): a directory, `s3://BUCKET/PREFIX`, or `none`.
/// - `PACKLINE_S3_ENDPOINT`: URL of an S3 server other than AWS's.
/// - `PACKLINE_S3_PATH_STYLE` (`true` or `false`; default `true` where an endpoint is set).
/// - `AWS_REGION` (default `us-east-1`); for credentials see ``CredentialSettings``.
/// - `PACKLINE_S3_CONDITIONS` (`auto`, `on` or `off`; default `auto`): whether uploads are conditional.
/// - `PACKLINE_STORE_GZIP` (`true` or `false`; default `false`): objects are stored compressed.
/// - `PACKLINE_CACHE_CONTROL_DOCUMENTS`, `PACKLINE_CACHE_CONTROL_ROOT`: `Cache-Control` headers, `none` for none.
/// - `PACKLINE_PURGE_URL`, or `PACKLINE_CLOUDFLARE_ZONE` and `PACKLINE_CLOUDFLARE_TOKEN`: see ``PurgeSettings``.
/// - `PACKLINE_SOURCES` (default: those of ``UpstreamKinds``), each of whose kinds has settings of its own.
/// - `PACKLINE_PRIVATE` (`true` or `false`; default `false`): whether what is published is not for everybody, which a
///   source with authentication wants; `serve` then has to have credentials.
/// - `PACKLINE_ONLY`: a file with one key a line, or keys separated by commas; everything else is ignored.
/// - `PACKLINE_REDIRECT_HOSTS`: `HOST` or `HOST:PORT`, separated by commas, that answers of upstream may redirect to.
/// - `PACKLINE_PUBLIC_URL`: where `serve` is reached; its feed and list are announced where this is set.
/// - `PACKLINE_REPOSITORY_URL`: where the repository is reached, where that is not the root of its host.
/// - `PACKLINE_PROVIDER_TREE` (`true` or `false`; default `false`): whether there is a v1 tree too.
/// - `PACKLINE_ARCHIVES…`, `PACKLINE_UNTIL_ARCHIVED`, `PACKLINE_TEMP_…`, `PACKLINE_GITHUB_TOKEN`: see ``ArchiveKeys``.
/// - `PACKLINE_ADVISORIES`, `PACKLINE_ADVISORY_FEEDS` and what feeds want: see ``Pipeline/AdvisorySettings``.
/// - `PACKLINE_CLOSED_POLICY` (`tombstone`, `remove`, `abandon` or `keep`; by default as the database says).
/// - `PACKLINE_LEASE_SECONDS` (5 to 86,400; default 300): how long a claim lasts.
/// - `PACKLINE_READY_MAX_LAG_SECONDS` (0 to 31,536,000; default 0): how long ago the last successful `discover` and
///   `sync` may be for `serve` to be ready; 0 is not checked.
/// - `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY` (or in small letters, which win): see ``Transport/ProxySettings``.
/// - `PACKLINE_CONTACT`: a URL or an address that the User-Agent names.
/// - `PACKLINE_AUTH_BASIC` (`USER:PASSWORD`, several separated by commas), `PACKLINE_AUTH_BEARER` (tokens, separated by
///   commas): who may read from `serve`; without both everybody may.
/// - `PACKLINE_SERVE_MEMORY_MB` (64 to 1,048,576; default: the limit of the container, else what the machine has): what
///   `serve` may take; its limits follow from it.
/// - `PACKLINE_SERVE_CONNECTIONS_PER_CLIENT` (0 to 1,000,000; default: half of all connections): how many connections one
///   address may have to `serve`; 0 is no limit, for a `serve` behind a proxy.
/// - `PACKLINE_LOG_FORMAT` (`text` or `json`), `PACKLINE_LOG_LEVEL` (`trace` to `critical`; default `info`).
///
/// `PACKLINE_CONFIG` names a YAML file: `sources` with a section for each source, and any of the variables above under its
/// name without `PACKLINE_`, in small letters with dashes. A variable that is set wins over the file.
///
/// A variable `NAME` may be given as `NAME_FILE`, the path of a file that holds the value. White space at the ends of a
/// value is dropped, a line break within is an error. An empty value counts as none, but for secrets and files, where it
/// is an error.
package struct Settings: Sendable {
    /// What the stages themselves are told.
    package var stages = StageSettings()
    package var databaseURL = "sqlite:data/packline.sqlite"
    package var s3Endpoint: S3Endpoint?
    package var usesPathStyle = false
    package var region = "us-east-1"
    package var credentials = CredentialSettings()
    package var purge: PurgeSettings?
    /// `HOST` or `HOST:PORT`, in lower case.
    package var redirectHosts: Set<String> = []
    package var proxies = ProxySettings()
    package var readyMaxLagSeconds = 0
    /// Megabytes that `serve` may take; nil is as many as there are.
    package var serveMemory: Int?
    /// Connections of one address to `serve`; nil is half of all, 0 no limit.
    package var serveConnectionsPerClient: Int?
    package var contact: String?
    package var delivery = DeliverySettings()
    /// Whether what is published is not for everybody.
    package var isPrivate = false
    /// `USER:PASSWORD`, each of which may read from `serve`.
    package var basicCredentials: [String] = []
    /// Tokens, each of which may read from `serve`.
    package var bearerTokens: [String] = []
    package var logFormat = LogFormat.text
    package var logLevel = "info"

    package init() {}

    /// - Parameters:
    ///   - overrides: Values of flags by variable name; they win over the environment.
    ///   - isServing: Whether `serve` is to answer under them, which a private repository wants more for.
    /// - Throws: ``InvalidSettings`` naming every bad value at once.
    package init(environment: [String: String], overrides: [String: String] = [:], isServing: Bool = false) throws {
        let reading = SettingsReading(environment: environment, overrides: overrides, isServing: isServing)
        if !reading.problems.isEmpty { throw InvalidSettings(problems: reading.problems) }
        self = reading.settings
    }

    mutating func readOthers(from reader: inout SettingsReader) {
        self.proxies = ProxySettings(
            http: reader.eitherCase("HTTP_PROXY"),
            https: reader.eitherCase("HTTPS_PROXY"),
            except: reader.eitherCase("NO_PROXY"),
            problems: &reader.problems
        )
        self.stages.leaseSeconds = reader.integer("PACKLINE_LEASE_SECONDS", default: 300, in: 5...86_400)
        self.readyMaxLagSeconds = reader.integer("PACKLINE_READY_MAX_LAG_SECONDS", default: 0, in: 0...31_536_000)
        self.serveMemory = reader.integer("PACKLINE_SERVE_MEMORY_MB", in: 64...1_048_576)
        self.serveConnectionsPerClient = reader.integer("PACKLINE_SERVE_CONNECTIONS_PER_CLIENT", in: 0...1_000_000)
        self.contact = reader.headerText("PACKLINE_CONTACT")
        self.readCredentials(from: &reader)
        self.logFormat = reader.choice("PACKLINE_LOG_FORMAT", default: .text)
        self.logLevel = reader.choice("PACKLINE_LOG_LEVEL", default: LogLevelName.info).rawValue
    }

    private mutating func readCredentials(from reader: inout SettingsReader) {
        self.basicCredentials = reader.list("PACKLINE_AUTH_BASIC") ?? []
        self.bearerTokens = reader.list("PACKLINE_AUTH_BEARER") ?? []
        // The values are not repeated: they are secrets. Set and empty is an error, see SettingsReader.secrets: it would let
        // everybody in.
        if !self.basicCredentials.allSatisfy({ $0.contains(":") && !$0.hasPrefix(":") && !$0.hasSuffix(":") }) {
            reader.problems.append("PACKLINE_AUTH_BASIC takes USER:PASSWORD, several separated by commas")
        }
        if self.bearerTokens.contains(where: { $0.contains(where: \.isWhitespace) }) {
            reader.problems.append("PACKLINE_AUTH_BEARER takes tokens without spaces, several separated by commas")
        }
    }
}

package enum LogFormat: String, Sendable, CaseIterable { case text, json }

/// The names of swift-log's levels.
enum LogLevelName: String, CaseIterable { case trace, debug, info, notice, warning, error, critical }

enum Truth: String, CaseIterable { case `true`, `false` }
