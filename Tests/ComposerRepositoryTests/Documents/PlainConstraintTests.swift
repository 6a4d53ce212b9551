import Composer
import TestSupport
import Testing

@testable import ComposerRepository

/// Which constraints need not be parsed.
@Suite struct PlainConstraintTests {
    private static let signs = ["", "", "^", "~", ">=", "<", "<=", ">", "=", "!=", "~>", "=<", ">= ", "^^"]
    private static let words = [
        "1", "0", "1.2", "0.0.3", "1.2.3.4", "1.2.3.4.5", "99999.1", "123456", "00.1", "1.*", "1.2.*", "1.2.3.*",
        "1.2.3.4.*", "*", "1.", ".1", "1..2", "v1.2", "1.x", "1.0-beta1", "1.0@dev", "dev-main", "2010.01.02", "",
    ]
    private static let joints = [
        " ", "  ", "   ", "|", "||", "|||", " | ", " || ", ",", ", ", " ,", " , ", ",,", " - ", "- ",
    ]

    @Test func `what passes as plain is parsed by Composer too`() {
        var random = SplitMix(seed: 41)
        var plain = 0
        for _ in 0..<100_000 {
            let text = (0...random.next(below: 3)).map { index in
                (index == 0 ? "" : Self.joints[random.next(below: Self.joints.count)])
                    + Self.signs[random.next(below: Self.signs.count)]
                    + Self.words[random.next(below: Self.words.count)]
            }.joined()
            guard LinkJudge.isPlain(Array(text.utf8)[...]) else { continue }
            plain += 1
            if VersionConstraint(text) == nil { Issue.record("\(text.debugDescription)") }
        }
        #expect(plain > 5_000)
    }
}
