import Logging
import Store

extension UpdateStage {
    private static let placeKey = "archives_url"

    /// Remembers where archives are said to be, which lock files keep for ever.
    ///
    /// - Returns: What a person has to know where that is another place than before.
    func noteArchivePlace() async throws -> [String] {
        let policies = self.context.settings.archives.policies.values
        guard let place = policies.first?.url else { return [] }
        let known = try await self.context.store.setting(Self.placeKey)
        guard known != place else { return [] }
        try await self.context.store.setSetting(Self.placeKey, to: place)
        guard let known else { return [] }
        let words =
            "documents name archives below \(place) from now on; lock files of before go on to need them below \(known), so "
            + "keep that address answering"
        self.context.logger.warning("the address of archives has changed", metadata: ["note": "\(words)"])
        return ["warning: \(words)"]
    }
}
