import Logging
package import ObjectStorage
package import Store

/// Whether settings lead to the bucket whose contents a database knows.
package enum KnownBucket {
    /// Asks the database alone, and changes nothing.
    ///
    /// - Throws: ``GuardRefusal`` where it is another, ``StoreError``.
    package static func check(_ objects: any ObjectStore, _ store: Store, _ settings: StageSettings) async throws {
        let logger = Logger(label: "known-bucket", factory: { _ in SwiftLogNoOpLogHandler() })
        let context = StageContext(
            store: store,
            settings: settings,
            options: StageOptions(),
            run: nil,
            progress: Progress(stage: "doctor", total: nil, style: .nothing, logger: logger),
            logger: logger
        )
        _ = try await BucketMemory(context: context, objects: objects).recognise(admitsAnother: false)
    }
}
