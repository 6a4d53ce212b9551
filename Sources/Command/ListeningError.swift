import Foundation
import NIOCore

/// Why `serve` can't listen, with what can be done about it.
struct ListeningError: Error, CustomStringConvertible {
    let description: String

    /// - Returns: nil where it is about something else.
    init?(_ error: any Error, host: String, port: Int) {
        let place = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        let reason: String
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE:
            reason =
                "something else listens there already: end it, or take another port with --port (0 is any free one)"
        case EADDRNOTAVAIL:
            reason =
                "no interface of this machine has that address: --host takes one that it has, 127.0.0.1, or 0.0.0.0 for all"
        case EACCES, EPERM:
            reason = "this user may not: take a port from 1024 with --port, or allow it to the process"
        case EAFNOSUPPORT: reason = "this machine has no addresses of that kind: take another one with --host"
        case .some(let number) where "\(error)".hasPrefix("bind") || "\(error)".hasPrefix("listen"):
            reason = String(cString: strerror(number))
        default:
            guard error is SocketAddressError.UnknownHost else { return nil }
            reason = "that name has no address: --host takes an address of this machine, such as 127.0.0.1 or 0.0.0.0"
        }
        self.description = "can't listen on \(place): \(reason)"
    }
}
