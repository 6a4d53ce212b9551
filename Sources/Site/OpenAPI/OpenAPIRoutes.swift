import Composer
import HTTPTypes
import Hummingbird
import NIOCore

/// `/openapi.json`: what the other routes for machines take and answer.
///
/// The document is `openapi.json` in this folder, and is part of the executable.
enum OpenAPIRoutes {
    static let document = PackageResources.openapi_json
    private static let etag = "\"\(ContentHash(of: Self.document).hexadecimal.prefix(16))\""

    static func add(to router: Router<some RequestContext>) {
        router.get("openapi.json") { request, _ in
            let headers: HTTPFields = [
                .contentType: "application/json", .cacheControl: "public, max-age=300", .eTag: Self.etag,
            ]
            if RequestConditions(request.headers).clientHas(etag: Self.etag, modifiedSecondsSince1970: nil) {
                return Response(status: .notModified, headers: headers)
            }
            return Response(
                status: .ok,
                headers: headers,
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: Self.document))
            )
        }
    }
}
