import TestSupport

@testable import Composer
@testable import WordPress

/// Many packages, for the tests that need many.
enum Corpus {
    /// Made by the project, of version strings as they occur.
    case made
    /// The whole directory of one day.
    case recorded

    func plugins() throws -> [Payload] {
        switch self {
        case .made: try MadeDirectory.plugins.get()
        case .recorded: try WholeDirectory.plugins()
        }
    }

    func themes() throws -> [Payload] {
        switch self {
        case .made: try MadeDirectory.themes.get()
        case .recorded: try WholeDirectory.themes()
        }
    }

    private var data: TestData {
        switch self {
        case .made: .made
        case .recorded: .recorded
        }
    }

    func pluginAnswers() throws -> [Payload] { try APIAnswers.plugins(self.data) }

    func themeAnswers() throws -> [Payload] { try APIAnswers.themes(self.data) }
}
