import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix

/// Why a connection failed, in words: without numbers of errors and names of types.
struct ConnectionCause: Error, CustomStringConvertible {
    let description: String

    init(_ error: any Error) {
        self.description =
            switch error {
            case let error as NIOConnectionError: Self.words(of: error)
            case let error as IOError: Self.words(of: error)
            case is SocketAddressError.UnknownHost: "the name of the host is not known"
            case let error as HTTPClientError: Self.words(of: error)
            default: "\(error)"
            }
    }

    /// One address after the other was tried, or the name is not known.
    private static func words(of error: NIOConnectionError) -> String {
        guard let cause = error.connectionErrors.last?.error ?? error.dnsAError ?? error.dnsAAAAError else {
            return "no address of \(error.host) answers"
        }
        return Self(cause).description
    }

    private static func words(of error: IOError) -> String {
        let words = String(cString: strerror(error.errnoCode))
        return words.prefix(1).lowercased() + words.dropFirst()
    }

    /// `connectTimeout` as `connect timeout`.
    private static func words(of error: HTTPClientError) -> String {
        let name = "\(error)".split(separator: ".").last.map(String.init) ?? "\(error)"
        return name.reduce(into: "") { text, letter in
            text += letter.isUppercase && text.last?.isLowercase == true ? " \(letter.lowercased())" : String(letter)
        }
    }
}
