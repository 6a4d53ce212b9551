/// The files that a package consists of: just enough for WordPress and Composer to recognise it.
enum SourceFiles {
    struct File: Sendable {
        var name: String
        var bytes: [UInt8]
    }

    /// - Parameters:
    ///   - tag: nil: trunk.
    ///   - revision: Goes into the text, so that a tag rewritten in place has other bytes. A tag's files say nothing
    ///     that changes without it.
    static func files(of package: SandboxPackage, tag: String?, revision: Int, directory: SandboxDirectory) -> [File] {
        let version = tag ?? package.version
        switch directory {
        case .plugins:
            let header = """
                <?php
                /**
                 * Plugin Name: \(package.title)
                 * Description: \(package.summary)
                 * Version: \(version)
                 * Author: \(package.author)
                 * Requires PHP: \(package.requiresPHP ?? "5.6")
                 * License: GPL-2.0-or-later
                 */

                // Revision \(revision).

                """
            let readme = """
                === \(package.title) ===
                Stable tag: \(tag ?? package.stableTag)
                Tested up to: \(package.tested ?? "6.7")
                License: GPLv2 or later

                \(package.summary)

                """
            return [
                File(name: "\(package.slug).php", bytes: Array(header.utf8)),
                File(name: "readme.txt", bytes: Array(readme.utf8)),
            ]
        case .themes:
            let style = """
                /*
                Theme Name: \(package.title)
                Description: \(package.summary)
                Version: \(version)
                Author: \(package.author)
                \(package.parentTheme.map { "Template: \($0)\n" } ?? "")License: GPL-2.0-or-later
                */
                /* Revision \(revision). */

                """
            return [
                File(name: "index.php", bytes: Array("<?php\n// Silence is golden.\n".utf8)),
                File(name: "style.css", bytes: Array(style.utf8)),
            ]
        }
    }
}
