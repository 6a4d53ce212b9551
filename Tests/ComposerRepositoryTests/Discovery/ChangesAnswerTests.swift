import Testing

@testable import ComposerRepository

@Suite struct ChangesAnswerTests {
    static func answer(_ actions: String, timestamp: String = "17915283000011") throws -> ChangesAnswer {
        try ChangesAnswer(parsing: Array(#"{"actions":[\#(actions)],"timestamp":\#(timestamp)}"#.utf8))
    }

    @Test func `actions are folded into packages, and told apart by document`() throws {
        let answer = try Self.answer(
            #"""
            {"type":"update","package":"acme/a","time":10},{"type":"update","package":"Acme/A~dev","time":12},
            {"type":"delete","package":"acme/b","time":11},{"time":13,"package":"acme\/c~dev","type":"delete"}
            """#
        )
        #expect(answer.timestamp == 17_915_283_000_011)
        #expect(answer.packages.map(\.name) == ["acme/a", "acme/b", "acme/c"])
        #expect(answer.packages[0].main == .init(isDelete: false, time: 10))
        #expect(answer.packages[0].dev == .init(isDelete: false, time: 12))
        #expect(answer.packages.map(\.time) == [12, 11, 13])
        #expect(answer.packages.map(\.isDelete) == [false, true, false])
        #expect(answer.packages[2].main == nil && answer.packages[2].dev?.isDelete == true)
        #expect(answer.tally == ChangesAnswer.Tally(actions: 4) && !answer.wantsResync)
    }

    @Test(arguments: [
        ("update", 5, "update", 9, false, 9), ("update", 9, "update", 5, false, 9), ("delete", 9, "update", 5, true, 9),
        ("delete", 10, "update", 19, true, 10), ("update", 19, "delete", 10, true, 10),
        ("delete", 10, "update", 20, false, 20), ("update", 20, "delete", 10, false, 20),
        ("delete", -1, "update", 20, false, 20), ("delete", 10, "update", -1, false, nil),
    ])
    func `a feed that repeats itself is taken by its newest action, and a delete counts for ten seconds more`(
        first: String,
        at firstTime: Int,
        second: String,
        at secondTime: Int,
        isDelete: Bool,
        time: Int64?
    ) throws {
        let answer = try Self.answer(
            #"""
            {"type":"\#(first)","package":"acme/a","time":\#(firstTime)},
            {"type":"\#(second)","package":"acme/a","time":\#(secondTime)}
            """#
        )
        #expect(answer.packages.count == 1)
        #expect(answer.packages[0].main == .init(isDelete: isDelete, time: time))
    }

    @Test func `P21: a bad action is counted and passed over, its package looked at where it has one`() throws {
        let answer = try Self.answer(
            #"""
            7,null,[],{},{"type":"update","time":1},{"type":"update","package":"php","time":1},
            {"type":"update","package":"*","time":1},{"type":"update","package":"../../x","time":1},
            {"type":"renamed","package":"acme/a","time":1},{"package":"acme/b","time":"2"},
            {"type":"update","package":"acme/c","time":99999999999999999999},{"type":"update","package":"acme/d"},
            {"type":"update","package":"acme/e","time":-1},{"type":"delete","package":"acme/f","time":1e3},
            {"type":"update","package":{"a":1},"time":1},{"type":"update","package":"acme/g~dev~dev","time":1}
            """#
        )
        #expect(answer.packages.map(\.name) == ["acme/a", "acme/b", "acme/c", "acme/d", "acme/e", "acme/f"])
        #expect(answer.packages.map(\.time) == [1, 2, nil, nil, nil, 1_000])
        #expect(answer.packages[0].main?.isDelete == false)
        #expect(answer.tally == .init(actions: 16, damaged: 8, unusableNames: 4, absurdTimes: 3))
    }

    @Test(arguments: [
        ("0", 0), ("\"16145145025048\"", 16_145_145_025_048), ("16145145025048.0", 16_145_145_025_048),
        ("1.6145145025048e13", 16_145_145_025_048), ("9223372036854775807", Int64.max), ("9223372036854775808", nil),
        ("1e300", nil), ("1.5", nil), ("-1", nil), ("null", nil), ("{}", nil), ("\"0x10\"", nil), ("\"nan\"", nil),
    ])
    func `P21: an absurd timestamp is none`(text: String, timestamp: Int64?) throws {
        #expect(try Self.answer("", timestamp: text).timestamp == timestamp)
        let start = #"{"error":"x","timestamp":\#(text)}"#
        #expect((try? ChangesAnswer.start(parsing: Array(start.utf8))) == timestamp)
    }

    @Test func `a resync is told apart, also among other actions`() throws {
        let answer = try Self.answer(
            #"{"type":"resync","package":"*","time":1},{"type":"update","package":"acme/a","time":2}"#
        )
        #expect(answer.wantsResync && answer.packages.count == 1)
        #expect(answer.tally == .init(actions: 2))
    }

    @Test func `PHP's lists with gaps are lists`() throws {
        let json = #"{"timestamp":1,"actions":{"0":{"type":"update","package":"acme/a","time":1},"2":{}}}"#
        #expect(try ChangesAnswer(parsing: Array(json.utf8)).packages.count == 1)
    }

    @Test(arguments: [
        "", "[]", "<html>", "{}", #"{"timestamp":1}"#, #"{"actions":null,"timestamp":1}"#,
        #"{"actions":[],"timestamp":1"#,
        #"{"actions":[]} trailing"#, #"{"error":"x","timestamp":1}"#,
    ])
    func `P9: what is no list of changes is no empty one`(json: String) {
        #expect(refusal { try ChangesAnswer(parsing: Array(json.utf8)) }?.hasPrefix("no list of changes: ") == true)
    }

    @Test func `P22: what has more packages than are kept is a resync`() throws {
        let actions = ["a", "b~dev", "c", "a~dev", "d"].map { #"{"type":"update","package":"acme/\#($0)","time":1}"# }
        let json = #"{"timestamp":1,"actions":[\#(actions.joined(separator: ","))]}"#
        let answer = try ChangesAnswer(parsing: Array(json.utf8), maxPackages: 2)
        #expect(answer.wantsResync && answer.packages.map(\.name) == ["acme/a", "acme/b"])
        #expect(answer.packages[0].dev != nil && answer.tally == .init(actions: 5))
        #expect(try !ChangesAnswer(parsing: Array(json.utf8)).wantsResync)
    }
}
