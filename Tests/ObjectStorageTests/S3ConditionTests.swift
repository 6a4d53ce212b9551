import Foundation
import NIOHTTP1
import ObjectStorage
import Synchronization
import Testing

/// How the probe judges stores that keep conditions in part or not at all.
@Suite struct S3ConditionTests {
    /// A store of one object, with what it gets wrong.
    final class OneObject: Sendable {
        enum Fault: Sendable, CaseIterable {
            case none, ignoresIfMatch, ignoresIfNoneMatch, ignoresBoth, refusesAndWrites, refusesAlways,
                knowsNoCondition
            case answersLostOnce
        }

        private let fault: Fault
        private let state = Mutex<(text: String?, lost: Set<String>)>((nil, []))

        init(_ fault: Fault) { self.fault = fault }

        var isEmpty: Bool { self.state.withLock { $0.text == nil } }

        private static func etag(_ text: String?) -> String? {
            text.map { ObjectStoreConformanceTests.etag(of: Array($0.utf8)) }
        }

        func react(to request: ScriptedServer.Request) -> ScriptedServer.Reaction {
            if request.uri.contains("?") { return S3ConditionTests.noProbes }
            return self.state.withLock { state in
                switch request.method {
                case .DELETE:
                    state.text = nil
                    return .answer(204)
                case .GET, .HEAD:
                    guard let text = state.text else { return .answer(404, body: S3FaultTests.error("NoSuchKey")) }
                    return .answer(200, headers: ["ETag": "\"\(Self.etag(text) ?? "")\""], body: text)
                default: break
                }
                let body = String(decoding: request.body, as: UTF8.self)
                let isNew = request.headers.contains(name: "if-none-match")
                let match = request.headers.first(name: "if-match")
                let isMet = isNew ? state.text == nil : match == Self.etag(state.text).map { "\"\($0)\"" }
                if self.fault == .knowsNoCondition { return .answer(501, body: S3FaultTests.error("NotImplemented")) }
                let isRefused =
                    switch self.fault {
                    case .ignoresIfMatch: !isMet && isNew
                    case .ignoresIfNoneMatch: !isMet && !isNew
                    case .ignoresBoth: false
                    case .refusesAlways: true
                    case .none, .refusesAndWrites, .answersLostOnce, .knowsNoCondition: !isMet
                    }
                if !isRefused || self.fault == .refusesAndWrites { state.text = body }
                if self.fault == .answersLostOnce, state.lost.insert(body).inserted { return .hangUp }
                if isRefused { return .answer(412, body: S3FaultTests.error("PreconditionFailed")) }
                return .answer(200, headers: ["ETag": "\"\(Self.etag(body) ?? "")\""])
            }
        }
    }

    fileprivate static let noProbes = ScriptedServer.Reaction.answer(
        200,
        body: "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
    )

    @Test func `what a killed probe left behind is removed by a later one`() async throws {
        let now = Int64(Date.now.timeIntervalSince1970)
        let (old, young) = ("condition-probe-\(now - 7_200)-abc", "condition-probe-\(now - 60)-abc")
        let object = OneObject(.none)
        try await ScriptedServer.with { request, _ in
            if request.method == .POST { return S3DeleteManyTests.none }
            guard request.uri.contains("?") else { return object.react(to: request) }
            let contents = [old, young].map { key in
                "<Contents><Key>.packline/\(key)</Key><ETag>0</ETag><Size>5</Size></Contents>"
            }
            let page = contents.joined() + "<IsTruncated>false</IsTruncated>"
            return .answer(200, body: "<ListBucketResult>\(page)</ListBucketResult>")
        } _: { store, server, _ in
            let keeps = try await store.detectConditions()
            #expect(keeps)
            let deletions = server.requests.filter { $0.method == .POST }.map {
                String(decoding: $0.body, as: UTF8.self)
            }
            #expect(deletions.count == 1)
            #expect(deletions.first?.contains(old) == true)
            #expect(deletions.first?.contains(young) == false)
        }
    }

    @Test(arguments: OneObject.Fault.allCases)
    func `only a store that keeps both conditions is said to`(_ fault: OneObject.Fault) async throws {
        let object = OneObject(fault)
        try await ScriptedServer.with { request, _ in
            object.react(to: request)
        } _: { store, server, _ in
            let keeps = try await store.detectConditions()
            #expect(keeps == (fault == .none || fault == .answersLostOnce))
            #expect(object.isEmpty)
            let uris = Set(server.requests.map(\.uri).filter { !$0.contains("?") })
            #expect(uris.count == 1)
            #expect(uris.first?.hasPrefix("/bucket/.packline/condition-probe-") == true)
        }
    }

    @Test func `a probe that fails removes its object and says why it failed`() async throws {
        try await ScriptedServer.with { request, _ in
            switch request.method {
            case .PUT: .answer(403, body: S3FaultTests.error("AccessDenied"))
            case .GET: Self.noProbes
            default: .answer(204)
            }
        } _: { store, server, _ in
            let error = await #expect(throws: ObjectStoreError.self) { _ = try await store.detectConditions() }
            #expect(error?.code == .accessDenied)
            #expect(server.requests.map(\.method) == [.GET, .PUT, .DELETE])
        }
    }

    @Test func `a probe whose object cannot be removed still answers`() async throws {
        let object = OneObject(.none)
        try await ScriptedServer.with(attempts: 1) { request, _ in
            request.method == .DELETE ? .answer(500) : object.react(to: request)
        } _: { store, _, _ in
            let keeps = try await store.detectConditions()
            #expect(keeps)
        }
    }

    @Test(arguments: [ObjectUpload.Condition.ifNoneMatch, .ifMatch("0123"), .none])
    func `a refusal of conditions as such says what to set`(_ condition: ObjectUpload.Condition) async throws {
        try await ScriptedServer.with { _, _ in
            .answer(501, body: S3FaultTests.error("NotImplemented"))
        } _: { store, _, _ in
            var object = S3FaultTests.object
            object.condition = condition
            let error = await #expect(throws: ObjectStoreError.self) { _ = try await store.put(object) }
            #expect(error?.code == .unsupported)
            #expect(error?.remedy?.contains("PACKLINE_S3_CONDITIONS=off") == (condition != .none))
        }
    }

    @Test func `a hash that is known is not computed again`() async throws {
        try await ScriptedServer.with { _, _ in
            .answer(200, headers: ["ETag": "\"\(S3FaultTests.etag)\""])
        } _: { store, server, _ in
            var object = S3FaultTests.object
            _ = try await store.put(object)
            object.sha256 = String(repeating: "ab", count: 32)
            _ = try await store.put(object)
            let sent = server.requests.map { $0.headers.first(name: "x-amz-content-sha256") }
            #expect(sent[0] != sent[1] && sent[1] == object.sha256)
        }
    }

    @Test func `If-Match on an object that is gone is a condition that is not met`() async throws {
        try await ScriptedServer.with { _, _ in
            .answer(404, body: S3FaultTests.error("NoSuchKey"))
        } _: { store, server, _ in
            var object = S3FaultTests.object
            object.condition = .ifMatch("0123")
            let error = await #expect(throws: ObjectStoreError.self) { _ = try await store.put(object) }
            #expect(error?.code == .preconditionFailed)
            #expect(server.requests.count == 1)
        }
    }

    @Test(arguments: [ObjectUpload.Condition.ifNoneMatch, .ifMatch("0123")])
    func `a conflict of two writers is tried again, and the winner's object is not taken for ours`(
        _ condition: ObjectUpload.Condition
    ) async throws {
        for (etag, isOurs) in [(S3FaultTests.etag, true), ("another", false)] {
            try await ScriptedServer.with { request, number in
                if request.method == .HEAD { return .answer(200, headers: ["ETag": "\"\(etag)\""]) }
                return number == 1
                    ? .answer(409, body: S3FaultTests.error("ConditionalRequestConflict"))
                    : .answer(412, body: S3FaultTests.error("PreconditionFailed"))
            } _: { store, server, _ in
                var object = S3FaultTests.object
                object.condition = condition
                if isOurs {
                    let version = try await store.put(object)
                    #expect(version.etag == etag)
                } else {
                    let error = await #expect(throws: ObjectStoreError.self) { _ = try await store.put(object) }
                    #expect(error?.code == .preconditionFailed)
                }
                #expect(server.requests.map(\.method) == [.PUT, .PUT, .HEAD])
            }
        }
    }
}
