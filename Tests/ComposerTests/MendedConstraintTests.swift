import Testing

@testable import Composer

@Suite struct MendedConstraintTests {
    @Test func `P20: what is meant is put right, and Composer parses it`() {
        for (text, mended) in [
            ("< = 1.2", "<=1.2"), (" <= 1.2 , ", "<=1.2"), ("=<1.2", "<=1.2"), ("=> 1.0, =< 1.2", ">=1.0,<=1.2"),
            (",<1.2", "<1.2"), ("<1.2|", "<1.2"), ("|<1.2||", "<1.2"), ("<1.2,,>1.0", "<1.2,>1.0"),
            ("<\u{a0}1.2", "<1.2"), ("<1.2\u{a0}", "<1.2"), (">=1.0\u{a0}<1.2", ">=1.0,<1.2"), ("1.2 -", ">=1.2"),
            ("- 1.2", "<=1.2"), ("<=1.2.3.4.5", "<=1.2.3.4"), ("<1.2.3.4.5", "<=1.2.3.4"), (">=1.2.3.4.5", ">1.2.3.4"),
            (">1.2.3.4.5", ">1.2.3.4"), ("<=3.20-test2", "<=3.20"), ("<3.20-test2|^4.0", "<3.20|^4.0"),
            ("<=1.0.3a-x", "<=1.0.3"), ("1.0 - 2.0|<= v", nil), ("<=1..0", "<=1"), ("all", nil), ("", nil), (",", nil),
            ("3.20-test2", nil), ("=3.20-test2", nil), ("!=1.2.3.4.5", nil), ("<=trunk-x", nil), ("<", nil),
            ("<=,1", nil),
            ("^1.2.3.4.5", nil), ("<=" + String(repeating: "1", count: 20_000), nil),
        ] as [(String, String?)] {
            let constraint = MendedConstraint(text)
            #expect(constraint.constraint?.text == mended, "\(text.prefix(40))")
            #expect(constraint.isMended == (mended != nil), "\(text.prefix(40))")
        }
    }

    @Test func `what Composer parses stays as it is written`() {
        for text in ["<1.2", " >= 1.0 , <2.0 ", "1.0 - 2.0", "*", "dev-foo", "<=1.0@beta"] {
            let constraint = MendedConstraint(text)
            #expect(constraint.constraint?.text == text && !constraint.isMended, "\(text)")
        }
    }

    @Test func `a bound that is cut leaves the same versions inside`() throws {
        let bound = try #require(VersionBound("1.2.3.4.5"))
        #expect(bound.isMended && bound.exactly == nil)
        #expect(bound.upper(includes: false) == "<=1.2.3.4" && bound.upper(includes: true) == "<=1.2.3.4")
        #expect(bound.lower(includes: false) == ">1.2.3.4" && bound.lower(includes: true) == ">1.2.3.4")
        #expect(VersionBound("1.2 beta 3").map { $0.upper(includes: true) } == "<=1.2beta3")
        for text in ["", "*", "trunk", "dev-foo", "x", "-1", ".5", "1.0,2.0", "1.0|2.0", "1.0+a|1"] {
            let bound = VersionBound(text)
            #expect(bound == nil || bound?.isMended == true, "\(text)")
            if let bound { #expect(VersionConstraint(bound.upper(includes: true))?.groups.flatMap(\.self).count == 1) }
        }
    }
}
