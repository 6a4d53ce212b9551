/// Why a command to the sandbox was refused.
///
/// Nothing has changed then.
package enum SandboxError: Error, Equatable, CustomStringConvertible {
    case unknownPackage(SandboxDirectory, slug: String)
    case packageExists(SandboxDirectory, slug: String)
    case unknownTag(String, slug: String)
    case tagExists(String, slug: String)
    case badCommand(String)
    case badData(file: String, line: Int, reason: String)
    case noReplay
    case notListening(String)

    package var description: String {
        switch self {
        case .unknownPackage(let directory, let slug):
            "\(directory.rawValue): there is no directory \"\(slug)\"; add it first"
        case .packageExists(let directory, let slug):
            "\(directory.rawValue): \"\(slug)\" exists already; choose another slug or remove it first"
        case .unknownTag(let tag, let slug):
            "\(slug): there is no tag \"\(tag)\""
        case .tagExists(let tag, let slug):
            "\(slug): the tag \"\(tag)\" exists already; rewrite it in place or choose another name"
        case .badCommand(let reason):
            reason
        case .badData(let file, let line, let reason):
            "\(file), line \(line): \(reason)"
        case .noReplay:
            "no events were loaded to replay; start the sandbox with a world from a data folder"
        case .notListening(let reason):
            "the sandbox could not listen: \(reason)"
        }
    }
}
