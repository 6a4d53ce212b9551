import CPostgres

/// Why there is no connection, or none any more.
///
/// libpq gives no code for it, and its words may hold parts of the URL that stand in the wrong place: they are recognised,
/// and never shown.
enum PostgresRefusal: String {
    case full = "the server has no connection free"
    case starting = "the server is starting or shutting down"
    case password = "the server does not accept this user and password"
    case noPassword = "the server wants a password"
    case admission = "the server's pg_hba.conf does not admit this user from here, or not without TLS"
    case unknown = "the database or the user does not exist"
    case name = "the name of the host is not known"
    case refused = "nothing listens there"
    case socket = "there is no socket in that folder"
    case time = "no answer in time"
    case route = "the host can't be reached"
    case certificate = "the server's certificate is not accepted: check sslmode and sslrootcert"
    case noTLS = "the server has no TLS, and sslmode asks for it"
    case tls = "TLS failed"
    case permission = "the user may not use this database"
    case broken = "the connection broke off"
    case other = "the server refused or was not reached; its log may say why"

    /// The words of PostgreSQL, libpq and PgBouncer; the first that fits is taken.
    private static let words: [(String, PostgresRefusal)] = [
        ("too many clients", .full), ("too many connections", .full), ("remaining connection slots", .full),
        ("no more connections allowed", .full), ("query_wait_timeout", .full),
        ("server login has been failing", .starting), ("is starting up", .starting), ("is shutting down", .starting),
        ("in recovery mode", .starting), ("not yet accepting connections", .starting),
        ("password authentication failed", .password), ("authentication failed", .password),
        ("no password supplied", .noPassword), ("pg_hba.conf", .admission), ("permission denied", .permission),
        ("could not translate host name", .name), ("Connection refused", .refused),
        ("No such file or directory", .socket), ("does not support SSL", .noTLS), ("root certificate", .certificate),
        ("certificate", .certificate), ("does not exist", .unknown), ("no such database", .unknown),
        ("no such user", .unknown), ("timeout expired", .time), ("timed out", .time), ("No route to host", .route),
        ("unreachable", .route), ("closed the connection", .broken), ("could not receive", .broken),
        ("could not send", .broken), ("reset by peer", .broken), ("Broken pipe", .broken), ("unexpected EOF", .broken),
        ("SYSCALL", .broken), ("terminating connection", .broken), ("no connection to the server", .broken),
        ("SSL", .tls),
    ]

    init(message: UnsafeMutablePointer<CChar>?) {
        let message = message.map { String(cString: $0) } ?? ""
        self = Self.words.first { message.contains($0.0) }?.1 ?? .other
    }

    /// Whether it passes by itself.
    var passes: Bool { self == .full || self == .starting }
}

extension PostgresConnection {
    /// Whether others on the way can read along, and nobody has said that they may.
    ///
    /// libpq's default, `prefer`, goes on without TLS where the server has none, and where somebody between says so.
    ///
    /// - Parameters:
    ///   - address: Of the server, empty for a socket of this machine.
    ///   - mode: `sslmode` as it applies.
    static func isUnprotected(address: String, usesTLS: Bool, mode: String) -> Bool {
        let isHere = address.isEmpty || address == "::1" || address.hasPrefix("127.") || address.hasPrefix("/")
        return !usesTLS && !isHere && mode != "disable"
    }
}
