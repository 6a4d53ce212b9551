import Facts
package import Store

extension StageSettings {
    /// The same with what a database says where no setting does: how it treats closed packages was settled when it was made,
    /// because another default must not change what an operator publishes.
    package func settled(in store: Store) async throws -> StageSettings {
        guard self.closedPolicyIsDefault, let known = try await store.setting("closed_policy"),
            let policy = ClosedPolicy(rawValue: known)
        else { return self }
        var settings = self
        settings.publication.closedPolicy = policy
        return settings
    }
}
