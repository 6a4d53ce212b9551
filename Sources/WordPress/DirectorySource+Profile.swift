import Composer
package import Facts

extension DirectorySource {
    package var profile: (@Sendable (_ parts: [PayloadPart], _ key: String) throws -> PackageProfile)? {
        { parts, key in self.profile(of: try self.payload(of: parts, key: key)) }
    }

    func profile(of payload: Payload) -> PackageProfile {
        var profile = PackageProfile()
        if let range = Self.range(least: payload.requiresWordPress, tested: payload.testedWordPress) {
            profile.traits.append(.init("WordPress", range))
        }
        // Themes have no such page.
        if payload.type == .plugin { profile.changelog = self.page(of: payload.slug).map { "\($0)#developers" } }
        let selection = VersionSelection(payload)
        let live = payload.stableTag.flatMap { Version.numericNormalForm($0) == nil ? nil : $0 } ?? payload.version
        profile.leftOut =
            selection.heldBackTags.map {
                .init(
                    $0,
                    "held back: it is above \(live), which upstream says is live, so it is not out yet or withdrawn"
                )
            }
            + selection.collidingTags.map { .init($0.tag, "to Composer it is the same version as \($0.other)") }
            + selection.invalidTags.map { link in
                Version.numericNormalForm(link.tag) == nil
                    ? .init(link.tag, "refused: Composer takes it for no version")
                    : .init(link.tag, "refused: upstream gives no address that its archive can be fetched from")
            }
        return profile
    }

    /// Such as `6.2 or newer, tested up to 6.9`; nil where upstream says neither.
    private static func range(least: String?, tested: String?) -> String? {
        // Some headers say it in words of their own.
        let numbers = [least, tested].map { $0?.first?.isNumber == true ? $0 : nil }
        let parts = [numbers[0].map { "\($0) or newer" }, numbers[1].map { "tested up to \($0)" }].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
