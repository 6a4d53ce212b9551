import Logging
import Pipeline
import Testing
import Upstream

@testable import Command

/// Files that settings name, while a command with `--every` goes on.
@Suite struct CurrentSettingsTests {
    @Test func `a lock is read for each run, and one that can't be read counts as when it last could`() throws {
        func lock(_ name: String) -> String { #"{"packages": [{"name": "\#(name)"}]}"# }
        let folder = try ConfigurationFolder(["composer.lock": lock("acme/first")])
        let settings = try folder.settings(
            "sources: { composer:acme: { url: 'https://acme.example', only: DIR/composer.lock } }"
        )
        let current = CurrentSettings(settings.stages)
        func names() -> Set<String>? {
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            return current.reread(logger).sources.first?.selection?.keys
        }
        #expect(names() == ["acme/first"])
        try folder.write(lock("acme/second"), "composer.lock")
        #expect(names() == ["acme/second"])
        for broken in ["", "{\"packages\": [", lock("no name"), #"{"packages": []}"#] {
            try folder.write(broken, "composer.lock")
            #expect(names() == ["acme/second"], "\(broken)")
        }
        try folder.write(lock("acme/third"), "composer.lock")
        #expect(names() == ["acme/third"])
    }
}
