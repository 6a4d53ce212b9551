package import Composer
package import Facts
import Wire

/// An advisory as a feed says it, ready to be kept.
package struct AdvisoryRecord: Sendable, Equatable {
    package var subject: AdvisorySubject
    package var id: String
    /// What its own source calls it: of two feeds that say the same of one package, one is published.
    package var record: String
    /// The entry as Composer reads it, in JSON.
    package var body: [UInt8]
    /// What has to go with every copy of it, as a list in JSON; nil for nothing.
    package var notices: [UInt8]?

    package init(subject: AdvisorySubject, id: String, record: String, body: [UInt8], notices: [UInt8]? = nil) {
        self.subject = subject
        self.id = id
        self.record = record
        self.body = body
        self.notices = notices
    }

    /// Names all that is published of it.
    var hash: ContentHash {
        ContentHash(of: Array("\(self.record)\n".utf8) + self.body + [0x0A] + (self.notices ?? []))
    }
}

/// An advisory that a package has, with what else documents are derived from of it.
package struct KnownAdvisory: Sendable, Equatable {
    package var feed: SourceName
    package var id: String
    package var record: String
    package var hash: ContentHash
    package var body: [UInt8]
    package var notices: [UInt8]?

    package init(
        feed: SourceName,
        id: String,
        record: String,
        hash: ContentHash,
        body: [UInt8],
        notices: [UInt8]? = nil
    ) {
        self.feed = feed
        self.id = id
        self.record = record
        self.hash = hash
        self.body = body
        self.notices = notices
    }
}

/// A feed of advisories as who reads it has to know it; its cursor may be large.
package struct AdvisoryFeedState: Sendable, Equatable {
    package var name: SourceName
    /// What only the feed reads.
    package var cursor: String?
    /// When it was last asked for anything, whatever came of it.
    package var askedAtMilliseconds: Int64?
    /// How long it is left alone after that, because of what the last reading took of it.
    package var restMilliseconds: Int64
    /// When all that it has was last read.
    package var readWholeAtMilliseconds: Int64?
    /// Under which settings its advisories last met packages.
    package var joinedUnder: String?
    /// The run that holds it now.
    package var leasedBy: RunID?
    /// The database's clock when this was read.
    package var nowMilliseconds: Int64
}

/// Which advisories of a feed an answer is about: what is not in it is withdrawn.
package enum AdvisoryScope: Sendable, Equatable {
    /// All that it has.
    case everything
    /// Those of these Composer names.
    case names(Set<String>)
    /// Only those that are in it.
    case nothingElse
}

/// How many advisories of a feed may be withdrawn in a day without a person.
package struct AdvisoryWithdrawalLimit: Sendable, Equatable {
    package var advisories = 20
    package var percent = 5
    package var window: Duration = .seconds(86_400)

    package init() {}

    func count(of total: Int) -> Int { max(self.advisories, total * self.percent / 100) }
}

/// What became of an answer of a feed.
package struct AdvisoryTally: Sendable, Equatable {
    package var added = 0
    package var changed = 0
    package var withdrawn = 0
    /// Withdrawals that wait for a person: nothing of them was written.
    package var held = 0
    /// How many may be withdrawn in a day.
    package var limit = 0
    /// Packages whose documents are derived again.
    package var packages = 0

    package init() {}
}

extension [KnownAdvisory] {
    /// Each once, whoever says it, by what its own source calls it: the first of those that say the same.
    package var eachOnce: [KnownAdvisory] {
        var known: Set<String> = []
        return self.filter { advisory in
            let names = Swift.Set([advisory.id, advisory.record])
            guard known.isDisjoint(with: names) else { return false }
            known.formUnion(names)
            return true
        }
    }

    /// What has to go with copies of them, each once: values in JSON.
    package var notices: [[UInt8]] {
        var noticed: Set<[UInt8]> = []
        return self.flatMap(\.ownNotices).filter { noticed.insert($0).inserted }
    }
}

extension KnownAdvisory {
    fileprivate var ownNotices: [[UInt8]] {
        guard let notices else { return [] }
        var values: [[UInt8]] = []
        var reader = JSONReader(notices)
        // What is stored was written as a list.
        try? reader.readArray { reader, _ in values.append(Array(notices[try reader.skipValue()])) }
        return values
    }
}
