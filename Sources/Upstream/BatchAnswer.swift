import Composer

/// Reads the answer of the plugin or theme API to a request for several packages.
struct BatchAnswer {
    /// By slug; a slug that is missing in here was missing in the answer.
    private(set) var results: [String: Result<PackageAnswer, UpstreamError>] = [:]
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
    ) -> Result<PackageAnswer, UpstreamError> {
        do {
            return .success(try PackageReader.read(bytes, at: range, type: type, slug: slug))
        } catch let unusable as PackageReader.Unusable {
            return .failure(label.error(unusable.code, unusable.reason, isRetryable: true))
        } catch {
            return .failure(
                label.error(.malformed, "the answer about '\(slug)' can't be read", isRetryable: true, cause: error)
            )
        }
    }
}

extension RequestLabel {
    /// The body is no such JSON; says where, and how it begins.
    func malformed(_ failure: JSONReader.Failure, _ bytes: [UInt8]) -> UpstreamError {
        let beginning = UpstreamError.singleLine(String(decoding: bytes.prefix(60), as: UTF8.self), limit: 60)
        let what = bytes.isEmpty ? "the body is empty" : "the body, which begins with '\(beginning)', is unusable"
        return self.error(
            .malformed,
            "\(what): \(failure.reason) at byte \(failure.position) of \(bytes.count); nothing was concluded from it",
            isRetryable: true
        )
    }
}
