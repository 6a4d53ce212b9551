import FoundationEssentials

/// What has to go with copies of advisories, as `attribution` has it.
struct AdvisoryNotice: Decodable, Equatable {
    var notice: String
    var license: String?
    var licenseURL: String?

    private enum CodingKeys: String, CodingKey {
        case notice, license
        case licenseURL = "license_url"
    }

    /// nil for what this build can't read.
    init?(json: [UInt8]) {
        guard let notice = try? JSONDecoder().decode(Self.self, from: Data(json)) else { return nil }
        self = notice
    }

    /// In one paragraph.
    var text: String { [self.notice, self.license, self.licenseURL].compactMap(\.self).joined(separator: " ") }
}
