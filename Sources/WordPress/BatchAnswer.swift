import Composer
import Upstream
import Wire

/// Reads the answer of the plugin or theme API to a request for several packages.
struct BatchAnswer {
    /// By slug; a slug that is missing in here was missing in the answer.
    private(set) var results: [String: Result<PackageAnswer<Payload>, UpstreamError>] = [:]
    /// What upstream wrote instead of an answer.
    private(set) var error: String?

    /// One package's trouble becomes that package's result.
    ///
    /// - Throws: ``UpstreamError`` with `malformed` when the whole is no JSON object.
    init(_ bytes: [UInt8], type: PackageType, slugs: [String], label: RequestLabel) throws {
        let wanted = Set(slugs)
        var reader = JSONReader(bytes)
        do {
            guard try reader.kind() == .object else {
                throw JSONReader.Failure(reason: "it is no object", position: reader.position)
            }
            try reader.readObject { reader, key in
                let slug = try reader.text(key)
                // A package may be called 'error'; upstream's own complaint is a string.
                let kind = try reader.kind()
                if slug == "error", kind == .string {
                    self.error = try reader.readString()
                    return
                }
                let range = try reader.skipValue()
                guard wanted.contains(slug) else { return }
                self.results[slug] = Self.result(bytes, at: range, type: type, slug: slug, label: label)
            }
            try reader.finish()
        } catch let failure as JSONReader.Failure {
            throw label.malformed(failure, bytes)
        }
    }

    private static func result(
        _ bytes: [UInt8],
        at range: Range<Int>,
        type: PackageType,
        slug: String,
        label: RequestLabel
    ) -> Result<PackageAnswer<Payload>, UpstreamError> {
        do {
            return .success(try PackageReader.read(bytes, at: range, type: type, slug: slug))
        } catch let unusable as PackageReader.Unusable {
            return .failure(label.error(unusable.code, unusable.reason, isRetryable: true).about(.unusable))
        } catch {
            let reason = "the answer about '\(slug)' can't be read"
            return .failure(label.error(.malformed, reason, isRetryable: true, cause: error).about(.unusable))
        }
    }
}

extension RequestLabel {
    /// The body is no such JSON; says where, and nothing of what it is: an answer from elsewhere may be a secret.
    func malformed(_ failure: JSONReader.Failure, _ bytes: [UInt8]) -> UpstreamError {
        let what = bytes.isEmpty ? "the body is empty" : BodyKind(bytes).unusable
        return self.error(
            .malformed,
            "\(what): \(failure.reason) at byte \(failure.position) of \(bytes.count); nothing was concluded from it",
            isRetryable: true
        )
    }
}

/// What a body that is not what was asked for looks like.
enum BodyKind {
    case page, json, other

    init(_ bytes: [UInt8]) {
        let beginning = bytes.prefix(200).drop { $0.isMarkupSpace }
        switch beginning.first {
        case UInt8(ascii: "<"): self = .page
        case UInt8(ascii: "{"), UInt8(ascii: "["): self = .json
        default: self = .other
        }
    }

    var unusable: String {
        switch self {
        case .page: "the body, which is a page or XML, is unusable"
        case .json: "the body, which begins as JSON, is unusable"
        case .other: "the body is unusable"
        }
    }
}
