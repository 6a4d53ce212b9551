import Foundation

/// How many files and sockets this process may have open.
enum OpenFiles {
    /// What is kept for the database, logs and the like.
    private static let reserve = 100

    /// Raises the process's limit as far as it may, and says how many connections fit below it.
    ///
    /// Without a free descriptor a connection can't even be refused.
    ///
    /// - Parameter others: Files and connections that answers may need beside their own connections. Where there is not
    ///   room for all, they get half.
    static func connections(upTo wanted: Int, others: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return wanted }
        limit.rlim_cur = min(limit.rlim_max, max(limit.rlim_cur, rlim_t(wanted + others + Self.reserve)))
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        else { return wanted }
        return Self.connections(upTo: wanted, others: others, below: Int(clamping: limit.rlim_cur))
    }

    static func connections(upTo wanted: Int, others: Int, below limit: Int) -> Int {
        let room = limit - Self.reserve
        return max(1, min(wanted, room - min(others, room / 2)))
    }
}
