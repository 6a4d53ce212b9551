import Facts
import Pipeline
import Testing

@testable import Pipeline
@testable import Store

@Suite struct DiscoverPlanTests {
    private func source(
        cursor: Int64?,
        logFrom: Int64? = nil,
        backfill: (from: Int64, cursor: Int64?)? = nil,
        scope: String? = nil
    ) -> Source {
        Source(
            name: "wordpress-plugins",
            cursor: cursor.map(Position.init(revision:)),
            logFrom: logFrom.map(Position.init(revision:)),
            reconciledAtMilliseconds: 0,
            listingScope: scope,
            readAtMilliseconds: 1,
            backfillFrom: (backfill?.from).map(Position.init(revision:)),
            backfillCursor: (backfill?.cursor).map(Position.init(revision:))
        )
    }

    private func plan(
        _ known: Source?,
        youngest: Int64,
        from revision: Int64? = nil,
        scope: String? = nil,
        resets: Bool = false
    ) -> DiscoverStage.Plan {
        var configuration = DiscoverStage.Configuration()
        configuration.fromRevision = revision
        configuration.resetsCursor = resets
        return DiscoverStage.Plan(known: known, youngest: youngest, scope: scope, configuration: configuration)
    }

    @Test func `P4: nothing is to be done at the youngest revision`() {
        #expect(!self.plan(self.source(cursor: 9), youngest: 9).isAnything)
        #expect(self.plan(self.source(cursor: 9), youngest: 10).readsLog)
        #expect(!self.plan(self.source(cursor: 9), youngest: 8).isAnything)
    }

    @Test func `P21: no number that upstream or the database may hold traps`() {
        let numbers: [Int64] = [.min, -1, 0, 1, 2, .max - 1, .max]
        for cursor in [nil] + numbers.map(Optional.some) {
            for youngest in numbers {
                for other in [nil] + numbers.map(Optional.some) {
                    let sources = [
                        self.source(cursor: cursor, logFrom: other),
                        self.source(cursor: cursor, logFrom: other, backfill: (max(1, youngest), other)),
                    ]
                    for source in sources {
                        for from in [nil, 0, other.map { max(0, $0) }] {
                            let plan = self.plan(source, youngest: youngest, from: from)
                            #expect(!plan.isAnything || !plan.description.isEmpty)
                        }
                    }
                }
            }
        }
    }

    @Test func `older log is added up to where the known one begins, from where it was left`() {
        #expect(self.plan(self.source(cursor: 9, logFrom: 5), youngest: 9, from: 0).backfill == 1...4)
        #expect(self.plan(self.source(cursor: 9), youngest: 9, from: 3).backfill == 3...9)
        #expect(self.plan(self.source(cursor: 9, logFrom: 5, backfill: (2, 3)), youngest: 9).backfill == 4...4)
        #expect(self.plan(self.source(cursor: 9, logFrom: 5, backfill: (2, 4)), youngest: 9).backfill == nil)
        #expect(self.plan(self.source(cursor: 9, logFrom: 5), youngest: 9, from: 5).backfill == nil)
    }

    @Test func `a listing is due at once for slugs that it was not looked through for`() {
        #expect(self.plan(self.source(cursor: 9), youngest: 9, scope: "some").reconciles)
        #expect(self.plan(self.source(cursor: 9, scope: "others"), youngest: 9, scope: "some").reconciles)
        #expect(self.plan(self.source(cursor: 9, scope: "some"), youngest: 9, scope: nil).reconciles)
        #expect(!self.plan(self.source(cursor: 9, scope: "some"), youngest: 9, scope: "some").isAnything)
    }

    @Test func `a cursor is set back only where it is ahead of upstream`() {
        #expect(self.plan(self.source(cursor: 9), youngest: 8, resets: true).resetsCursor)
        let plan = self.plan(self.source(cursor: 9), youngest: 10, resets: true)
        #expect(!plan.resetsCursor && plan.readsLog && plan.reconciles)
        #expect(!self.plan(nil, youngest: 10, resets: true).resetsCursor)
    }
}
