import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Transport

extension UpstreamError {
    /// What a failure of the connection means.
    ///
    /// - Parameter isConfigured: Whether the URL is one of the settings', or made of it.
    /// - Returns: `error` itself when it is an ``UpstreamError`` or a cancellation.
    package static func transport(
        _ error: any Error,
        label: RequestLabel,
        duringBody: Bool,
        isConfigured: Bool = true
    ) -> any Error {
        if error is CancellationError || error is UpstreamError { return error }
        if Task.isCancelled { return CancellationError() }
        if let error = error as? BodyTooSlow {
            return label.error(.timeout, "the answer trickled in: \(error); given up", isRetryable: true)
        }
        if let error = error as? RedirectRefusal {
            return label.error(
                .unexpectedStatus,
                "a redirect that \(error) is not followed\(isConfigured ? "; correct the URL in the settings" : "")",
                isRetryable: false
            )
        }
        if let error = error as? ForbiddenAddress {
            return label.error(
                // A name that is not known may be so because nobody could be asked.
                error.range == nil ? .unreachable : .unexpectedStatus,
                "an answer has led to a host that is not connected to: \(error)",
                isRetryable: false
            )
        }
        if let error = error as? HTTPClientError {
            return Self.client(error, label: label, duringBody: duringBody)
        }
        if let error = error as? HTTPParserError {
            return error == .invalidEOFState
                ? Self.closed(label, duringBody: duringBody, cause: error)
                : label.error(.malformed, "the answer is no HTTP", isRetryable: true, cause: error)
        }
        // Over HTTP/2 a server can drop one answer and keep the connection; those errors' types are not to be had here.
        let isOfHTTP2 = String(reflecting: type(of: error)).hasPrefix("NIOHTTP2.")
        if duringBody || isOfHTTP2 || (error as? IOError)?.isReset == true {
            return Self.closed(label, duringBody: duringBody, cause: error)
        }
        return label.error(.unreachable, "no connection", isRetryable: true, cause: ConnectionCause(error))
    }

    private static func client(_ error: HTTPClientError, label: RequestLabel, duringBody: Bool) -> UpstreamError {
        switch error {
        case .readTimeout, .deadlineExceeded, .writeTimeout:
            let detail = duringBody ? "nothing more of the answer came in time" : "no answer came in time"
            return label.error(.timeout, detail, isRetryable: true)
        case .remoteConnectionClosed, .uncleanShutdown, .cancelled, .requestStreamCancelled:
            return Self.closed(label, duringBody: duringBody, cause: error)
        case .invalidURL, .emptyHost, .emptyScheme, .missingSocketPath:
            return label.error(.invalidURL, "this is no http or https URL; correct the setting", isRetryable: false)
        case _ where error.isOfProxy:
            return label.error(.unreachable, ProxySettings.refusal(error), isRetryable: true)
        default:
            if "\(error)".contains("unsupportedScheme") {
                return label.error(.invalidURL, "this is no http or https URL; correct the setting", isRetryable: false)
            }
            return label.error(.unreachable, "no connection", isRetryable: true, cause: ConnectionCause(error))
        }
    }

    private static func closed(_ label: RequestLabel, duringBody: Bool, cause: any Error) -> UpstreamError {
        let detail =
            duringBody
            ? "the connection broke off in the middle of the answer" : "the connection was closed without an answer"
        return label.error(.truncated, detail, isRetryable: true, cause: ConnectionCause(cause))
    }
}

extension IOError {
    fileprivate var isReset: Bool { self.errnoCode == 104 || self.errnoCode == 32 }
}
