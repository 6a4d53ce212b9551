import ArgumentParser
import Testing

@testable import Command

/// The flags of `sync copy` and `sync remove-archives`.
@Suite struct ArchiveCommandTests {
    private func message(_ arguments: [String]) -> String? {
        do {
            _ = try PacklineCommand.parseAsRoot(["sync"] + arguments)
            return nil
        } catch {
            return PacklineCommand.message(for: error)
        }
    }

    @Test func `P14: what is to be removed has to be said, and makes sense`() {
        for (flags, words) in [
            ([], "say which archives"), (["--yes"], "say which archives"),
            (["--orphans", "--unlisted"], "leave out --unlisted"),
            (["--orphans", "--package", "a/b"], "leave out --unlisted and --package"),
            (["--older-than", "soon"], "--older-than is 'soon'"), (["--package", "akismet"], "such as acme/site-kit"),
            (["--unlisted", "--every", "1h"], "is for once"), (["--unlisted", "--run", "1"], "is for once"),
        ] as [([String], String)] {
            #expect(self.message(["remove-archives"] + flags)?.contains(words) == true, "\(flags)")
        }
        for flags in [["--orphans", "--older-than", "90d"], ["--unlisted", "--package", "a/b", "--yes"]] {
            #expect(self.message(["remove-archives"] + flags) == nil, "\(flags)")
        }
    }

    @Test func `P14: what is copied from has to be said`() {
        #expect(self.message(["copy"])?.contains("--from") == true)
        #expect(self.message(["copy", "--from", "file:x", "--limit", "1"])?.contains("all archives") == true)
        #expect(self.message(["copy", "--from", "file:x", "--dry-run"]) == nil)
    }

    @Test func `the other bucket has the same settings, and credentials of its own where they are set`() {
        let here = [
            "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY_FILE": "b", "AWS_SESSION_TOKEN": "c", "AWS_REGION": "r",
            "PACKLINE_S3_ENDPOINT": "e",
        ]
        #expect(CopySource.environment(here) == here)
        var there = here
        there["PACKLINE_FROM_S3_ENDPOINT"] = "f"
        #expect(CopySource.environment(there)["PACKLINE_S3_ENDPOINT"] == "f")
        #expect(CopySource.environment(there)["AWS_SESSION_TOKEN"] == "c")
        there["PACKLINE_FROM_AWS_ACCESS_KEY_ID"] = "x"
        there["PACKLINE_FROM_AWS_SECRET_ACCESS_KEY"] = "y"
        let own = CopySource.environment(there)
        #expect(own["AWS_ACCESS_KEY_ID"] == "x" && own["AWS_SECRET_ACCESS_KEY"] == "y" && own["AWS_REGION"] == "r")
        #expect(own["AWS_SECRET_ACCESS_KEY_FILE"] == nil && own["AWS_SESSION_TOKEN"] == nil)
    }

    @Test func `what is about the other bucket may come from a file, over a value that this one has`() {
        let own = [
            "PACKLINE_S3_ENDPOINT": "e", "PACKLINE_S3_PATH_STYLE": "true", "AWS_REGION": "r", "AWS_ACCESS_KEY_ID": "a",
        ]
        var other: [String: String] = [:]
        for name in ["S3_ENDPOINT", "S3_PATH_STYLE", "AWS_REGION", "AWS_WEB_IDENTITY_TOKEN"] {
            other["PACKLINE_FROM_\(name)_FILE"] = name
            #expect(CopySource.reads("PACKLINE_FROM_\(name)_FILE"))
        }
        #expect(
            CopySource.environment(own.merging(other) { $1 }).filter { other[$0.key] == nil } == [
                "PACKLINE_S3_ENDPOINT_FILE": "S3_ENDPOINT", "PACKLINE_S3_PATH_STYLE_FILE": "S3_PATH_STYLE",
                "AWS_REGION_FILE": "AWS_REGION", "AWS_WEB_IDENTITY_TOKEN_FILE": "AWS_WEB_IDENTITY_TOKEN",
            ]
        )
        // A file of this bucket's is none of the other one's.
        let there = CopySource.environment(["PACKLINE_S3_ENDPOINT_FILE": "e", "PACKLINE_FROM_S3_ENDPOINT": "f"])
        #expect(there["PACKLINE_S3_ENDPOINT"] == "f" && there["PACKLINE_S3_ENDPOINT_FILE"] == nil)
        #expect(!CopySource.reads("PACKLINE_FROM_DATABASE_URL"))
    }
}
