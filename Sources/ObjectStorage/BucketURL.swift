/// Where the repository is published: the value of `PACKLINE_BUCKET_URL`.
///
/// `file:PATH` names a local directory, relative to the working directory or absolute (`file:///srv/public` also
/// works); the path is taken as it is, without percent-decoding. `s3://BUCKET/PREFIX` names a bucket; the prefix may be
/// left out. `none` says that there is no bucket: `serve` publishes.
package enum BucketURL: Equatable, Sendable {
    case directory(path: String)
    /// `prefix` has no slash at either end and may be empty.
    case s3(bucket: String, prefix: String)
    /// There is no bucket: what the database holds is live as soon as `serve` answers it.
    case nowhere

    /// - Throws: ``ObjectStorageSettingError`` when the text has none of these forms.
    package init(_ text: String) throws {
        if text == "none" {
            self = .nowhere
        } else if text.hasPrefix("file:") {
            self = .directory(path: try Self.path(in: text))
        } else if text.hasPrefix("s3://") {
            self = try Self.bucket(in: text)
        } else {
            throw Self.error(text, "it begins with neither 'file:' nor 's3://'")
        }
    }

    private static func path(in text: String) throws -> String {
        var path = text.dropFirst("file:".count)
        if path.hasPrefix("//") {
            path = path.dropFirst(2)
            guard path.hasPrefix("/") else { throw Self.error(text, "'file://' must be followed by an absolute path") }
        }
        guard !path.isEmpty else { throw Self.error(text, "the path is missing") }
        guard path.utf8.allSatisfy({ $0 >= 0x20 }) else { throw Self.error(text, "the path has a control character") }
        return String(path)
    }

    private static func bucket(in text: String) throws -> Self {
        let parts = text.dropFirst("s3://".count).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let bucket = String(parts.first ?? "")
        guard !bucket.contains("@") else {
            // The value may hold a secret, so it is not repeated.
            throw ObjectStorageSettingError(
                value: nil,
                problem: "a bucket URL holds no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        }
        guard !bucket.isEmpty else { throw Self.error(text, "the bucket's name is missing") }
        guard S3Configuration.isBucketName(bucket) else {
            throw Self.error(text, "a bucket's name has only letters, digits, '.', '-' and '_'")
        }
        var prefix = parts.count > 1 ? parts[1] : ""
        while prefix.hasSuffix("/") { prefix = prefix.dropLast() }
        guard prefix.isEmpty || ObjectKey.isValid(String(prefix)) else {
            throw Self.error(text, "the prefix has an empty, '.' or '..' segment, a control character or is too long")
        }
        return .s3(bucket: bucket, prefix: String(prefix))
    }

    private static func error(_ text: String, _ problem: String) -> ObjectStorageSettingError {
        ObjectStorageSettingError(value: text, problem: "\(problem); write file:PATH, s3://BUCKET/PREFIX or none")
    }
}

/// A setting of the object storage that cannot be used.
package struct ObjectStorageSettingError: Error, Equatable, CustomStringConvertible {
    /// What was given, nil when it may hold a secret.
    package var value: String?
    /// What is wrong with it, and what to write instead.
    package var problem: String

    package var description: String {
        guard let value = self.value else { return self.problem }
        return "'\(ObjectStoreError.printable(value))': \(self.problem)"
    }
}
