import Advisories
import Command
import Composer
import Facts
import Foundation
import Pipeline
import Synchronization
import TestSupport
import Testing
import Upstream

/// A feed that says what a test wants it to say.
final class ScriptedFeed: AdvisoryFeed {
    func check() async throws {}

    enum Answer: Sendable {
        case everything, updates([FeedAdvisory])
        /// What it has of these Composer names.
        case names([String])
        /// It has these, and they could not be read.
        case unread([String])
        case unchanged
        case fails
    }

    let name: SourceName
    let minimumPeriod: Duration
    private let state: Mutex<(advisories: [FeedAdvisory], answer: Answer, requests: Int)>

    init(_ name: SourceName = "scripted", minimumPeriod: Duration = .zero) {
        self.name = name
        self.minimumPeriod = minimumPeriod
        self.state = Mutex(([], .everything, 0))
    }

    /// All that it has.
    var advisories: [FeedAdvisory] {
        get { self.state.withLock { $0.advisories } }
        set { self.state.withLock { $0.advisories = newValue } }
    }
    /// What it says next, and from then on.
    var answer: Answer {
        get { self.state.withLock { $0.answer } }
        set { self.state.withLock { $0.answer = newValue } }
    }
    var requests: Int { self.state.withLock { $0.requests } }

    func read(_ request: FeedRequest) async throws -> FeedReading {
        try self.state.withLock { state in
            state.requests += 1
            switch state.answer {
            case .everything: return .everything(state.advisories, cursor: "\(state.requests)", FeedTroubles())
            case .updates(let new): return .updates(new, cursor: nil, FeedTroubles())
            case .names(let names):
                let lists = names.map { name in
                    (name: name, advisories: state.advisories.filter { $0.subject == .name(name) })
                }
                return .ofNames(lists, cursor: "\(state.requests)", FeedTroubles())
            case .unread(let ids):
                var troubles = FeedTroubles()
                ids.forEach { troubles.noteUnread($0) }
                return .everything(state.advisories, cursor: nil, troubles)
            case .unchanged: return .unchanged
            case .fails:
                throw RequestLabel(method: "GET", url: "https://feed.example")
                    .error(.timeout, "it did not answer", isRetryable: true)
            }
        }
    }

    var settings: AdvisorySettings.Feed { AdvisorySettings.Feed(name: self.name) { _ in self } }
}

extension FeedAdvisory {
    static func about(
        plugin slug: String,
        _ id: String,
        affected: String = "<=1.0",
        title: String = "Something is wrong"
    ) throws -> Self {
        FeedAdvisory(
            subject: .package("wordpress-plugins", key: slug),
            advisory: try .test(id, affected: affected, title: title),
            notices: [AdvisoryNotice(notice: "Copyright Acme", licence: "May be copied.", url: "https://acme.example")]
        )
    }

    static func about(package name: String, _ id: String, affected: String = "<=1.0") throws -> Self {
        FeedAdvisory(subject: .name(name), advisory: try .test(id, affected: affected))
    }
}

extension Advisory {
    static func test(_ id: String, affected: String, title: String = "Something is wrong") throws -> Self {
        Advisory(
            id: id,
            affectedVersions: try #require(VersionConstraint(affected)),
            title: title,
            reportedAt: "2026-08-22 10:00:00",
            sources: [Source(name: "Acme", remoteID: "record-\(id)")],
            link: "https://acme.example/\(id)",
            severity: "high"
        )
    }
}

extension Pipeline {
    /// The same with these feeds.
    func with(_ mode: AdvisorySettings.Mode, _ feeds: [ScriptedFeed]) -> Pipeline {
        var pipeline = self
        pipeline.settings.stages.advisories.mode = mode
        pipeline.settings.stages.advisories.feeds = feeds.map(\.settings)
        pipeline.settings.stages.advisories.period = .zero
        return pipeline
    }

    /// Ids of the advisories that a document of the bucket has; nil where there is no such document, or no such section.
    func advisories(_ key: String) throws -> [String]? {
        guard let bytes = self.bucket()[key] else { return nil }
        let document = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        let entries = document?["security-advisories"] as? [[String: Any]]
        return entries?.compactMap { $0["advisoryId"] as? String }
    }
}
