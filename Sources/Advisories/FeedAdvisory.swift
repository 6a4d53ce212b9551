package import Composer
package import Facts

/// An advisory as a feed has it.
package struct FeedAdvisory: Hashable, Sendable {
    package var subject: AdvisorySubject
    package var advisory: Advisory
    /// What every copy has to carry, in the order of the holders.
    package var notices: [AdvisoryNotice]

    package init(subject: AdvisorySubject, advisory: Advisory, notices: [AdvisoryNotice] = []) {
        self.subject = subject
        self.advisory = advisory
        self.notices = notices
    }
}

/// Whose an advisory is, and on what terms it may be passed on.
package struct AdvisoryNotice: Hashable, Sendable, Codable {
    /// As `Copyright 2012-2026 Defiant Inc` and a full stop.
    package var notice: String
    /// The licence, in its own words.
    package var licence: String
    /// Where its terms are.
    package var url: String?

    package init(notice: String, licence: String, url: String?) {
        self.notice = notice
        self.licence = licence
        self.url = url
    }
}
