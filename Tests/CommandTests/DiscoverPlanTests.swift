import Facts
import TestSupport
import Testing
import Upstream
import WordPress

@testable import Pipeline
@testable import Store

@Suite struct DiscoverPlanTests {
    private let kind = DirectorySource(DirectorySettings(.plugin))

    private func position(_ number: Int64?) -> Position? { number.map { Position("\($0)") } }

    private func source(
        cursor: Int64?,
        logFrom: Int64? = nil,
        backfill: (from: Int64, cursor: Int64?)? = nil,
        scope: String? = nil
    ) -> Source {
        Source(
            name: SourceName("wordpress-plugins"),
            cursor: self.position(cursor),
            logFrom: self.position(logFrom),
            reconciledAtMilliseconds: 0,
            wantsListing: false,
            listingScope: scope,
            readAtMilliseconds: 1,
            backfillFrom: self.position(backfill?.from),
            backfillCursor: self.position(backfill?.cursor)
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
        return DiscoverStage.Plan(
            known: known,
            youngest: Position("\(youngest)"),
            scope: scope,
            source: self.kind,
            configuration: configuration
        )
    }

    @Test func `P4: nothing is to be done at the youngest revision`() {
        #expect(!self.plan(self.source(cursor: 9), youngest: 9).isAnything)
        #expect(self.plan(self.source(cursor: 9), youngest: 10).readsChanges)
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
        typealias Backfill = DiscoverStage.Plan.Backfill
        #expect(
            self.plan(self.source(cursor: 9, logFrom: 5), youngest: 9, from: 0).backfill
                == Backfill(from: 1, after: 0, end: 4)
        )
        #expect(self.plan(self.source(cursor: 9), youngest: 9, from: 3).backfill == Backfill(from: 3, after: 2, end: 9))
        #expect(
            self.plan(self.source(cursor: 9, logFrom: 5, backfill: (2, 3)), youngest: 9).backfill
                == Backfill(from: 2, after: 3, end: 4)
        )
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
        #expect(!plan.resetsCursor && plan.readsChanges && plan.reconciles)
        #expect(!self.plan(nil, youngest: 10, resets: true).resetsCursor)
    }
}
