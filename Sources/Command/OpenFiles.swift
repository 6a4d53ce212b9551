import Foundation

/// How many files and sockets this process may have open.
enum OpenFiles {
    /// What is kept for the database, logs and the like.
    private static let reserve = 100

    /// Raises the process's limit as far as it may, and says how many connections fit below it.
    ///
    /// Without a free descriptor a connection can't even be refused.
    ///
    /// - Parameter others: Files and connections that answers need beside their own connections.
    static func connections(upTo wanted: Int, others: Int) -> Int {
        let reserve = Self.reserve + others
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return wanted }
        limit.rlim_cur = min(limit.rlim_max, max(limit.rlim_cur, rlim_t(wanted + reserve)))
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        else { return wanted }
        return max(1, min(wanted, Int(clamping: limit.rlim_cur) - reserve))
    }
}
