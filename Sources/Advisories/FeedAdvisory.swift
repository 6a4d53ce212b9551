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
