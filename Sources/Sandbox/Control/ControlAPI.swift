import HTTPTypes
import NIOCore

/// Commands to the sandbox over HTTP: `POST /_sandbox/...` with JSON.
struct ControlAPI {
    static let prefix = "/_sandbox/"

    let sandbox: Sandbox

    func reply(method: HTTPRequest.Method, path: String, body: ByteBuffer) -> Reply {
        Reply(status: .notFound, contentType: "text/plain", "")
    }
}
