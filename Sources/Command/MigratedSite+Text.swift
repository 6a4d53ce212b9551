import Composer
import Foundation

extension MigratedSite {
    /// What was done, what was left, and what to do next.
    ///
    /// - Parameter isQuiet: Only what was left.
    func text(isDryRun: Bool, isQuiet: Bool = false) -> String {
        Terminal.plain(isQuiet ? self.leftText : self.rawText(isDryRun: isDryRun))
    }

    private func rawText(isDryRun: Bool) -> String {
        guard !self.isUnchanged else {
            return "\(self.project.path) leads to \(self.command.to) already: there is nothing to do\n"
                + self.leftText
        }
        var lines: [String] = []
        let edits = self.migration.edits
        lines.append("\(self.project.path)\(isDryRun ? " would change:" : " is changed:")")
        for url in self.migration.replaced { lines.append("  \(url) becomes \(self.command.to)") }
        for url in self.migration.removed { lines.append("  \(url) goes: the new repository is there already") }
        for part in edits.renamed { lines.append("  \(Self.names(part.count)) in \(part.part)") }
        if self.migration.hasByteOrderMark {
            lines.append("  the byte-order mark goes: Composer reads no file with one")
        }
        if let lock, let locked {
            let count = locked.edits.renamed.reduce(0) { $0 + $1.count }
            lines.append(count == 0 ? "\(lock.path) stays" : "\(lock.path): \(Self.names(count)), the versions stay")
        }
        return lines.joined(separator: "\n") + "\n" + self.leftText + self.nextText(isDryRun: isDryRun)
    }

    private static func names(_ count: Int) -> String { count == 1 ? "1 name" : "\(count) names" }

    /// What a person has to look at.
    private var leftText: String {
        var lines: [String] = []
        if !self.migration.edits.left.isEmpty {
            lines.append("Left as it is, look at it yourself:")
            for note in self.migration.edits.left.prefix(20) {
                let text = note.text.count > 60 ? note.text.prefix(60) + "…" : note.text[...]
                lines.append("  line \(note.line), \(note.path): \(text)")
            }
            let more = self.migration.edits.left.count - 20
            if more > 0 { lines.append("  and \(more) more") }
        }
        if let patchesFile { lines.append("\(patchesFile) names packages by their old names: change it too") }
        for dependent in self.locked?.dependents ?? [] {
            lines.append(
                "\(dependent.name) requires \(dependent.requires): that has to be changed in its own composer.json"
            )
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private func nextText(isDryRun: Bool) -> String {
        var lines = [isDryRun ? "Next: the same without --dry-run, and then" : "Next:"]
        let folder = (self.project.path as NSString).deletingLastPathComponent
        let at = folder.isEmpty ? "" : " --working-dir=\(Self.quoted(folder))"
        if !self.migration.hasRepository {
            lines.append("  composer\(at) config repositories.packline composer \(self.command.to)")
        }
        if self.command.to.hasPrefix("http:") { lines.append("  composer\(at) config secure-http false") }
        lines += self.updateCommands(at, folder)
        if let host = URL(string: self.command.to)?.host() {
            let port = URL(string: self.command.to)?.port.map { ":\($0)" } ?? ""
            lines.append("Where the repository is private, its password goes into auth.json before that:")
            lines.append("  composer\(at) config http-basic.\(host)\(port) USER PASSWORD")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A package under its new name goes into the folder of the old one.
    ///
    /// Composer would remove the one while it puts the other there, both at once; where it doesn't know that anything is
    /// installed, it empties the folder first.
    private func updateCommands(_ at: String, _ folder: String) -> [String] {
        guard self.locked?.isUnchanged == false else {
            return ["  composer\(at) update\(self.lock == nil ? "" : " --lock")"]
        }
        let vendor = self.migration.vendorFolder
        // What somebody wrote into a file is no command of ours.
        let isInside = Self.isPlain(vendor) && !vendor.split(separator: "/").contains { $0.allSatisfy { $0 == "." } }
        let path = (folder.isEmpty ? "" : folder + "/") + vendor
        return [
            "  composer\(at) update --lock --no-install",
            isInside && !vendor.hasPrefix("/") && !vendor.isEmpty
                ? "  rm -rf \(Self.quoted(path))" : "  remove the folder that vendor-dir in \(self.project.path) names",
            "  composer\(at) install",
        ]
    }

    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            (byte | 0x20) &- 97 < 26 || byte &- 48 < 10 || "._-/".utf8.contains(byte)
        } && !text.hasPrefix("-")
    }

    /// As a shell takes it for one word.
    private static func quoted(_ text: String) -> String {
        self.isPlain(text) ? text : "'\(text.replacing("'", with: #"'\''"#))'"
    }
}
