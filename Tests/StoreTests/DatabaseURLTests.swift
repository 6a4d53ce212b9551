import TestSupport
import Testing

@testable import Store

/// P14 for the URL of a database: what is wrong and where, and never a part of it.
@Suite struct DatabaseURLTests {
    @Test(arguments: [
        "sqlite:data/packline.sqlite", "sqlite:///srv/x.sqlite", "postgres://h/d", "postgresql://u@h:5432/d",
        "postgres://u:p%40ss%2Fw%25@h/d?sslmode=verify-full&sslrootcert=/etc/ca.crt",
        "postgres:///d?host=/run/postgresql",
        "postgres://u:p@%2Frun%2Fpostgresql/d", "postgres://u:p@[::1]:5432/d", "postgres://u:p@a:1,b:2/d",
        "postgres://u:p#ss?w@h/d", "postgres://", "postgres://u:p@h/d?connect_timeout=5&application_name=a%20b",
        "postgres://u:p:w@h/d", "postgres://h:/d", "postgres://u:päss@h/d", "postgres://h?ssl=true",
    ])
    func `what libpq reads is taken`(_ url: String) {
        #expect(DatabaseURL.problem(of: url) == nil)
    }

    @Test(arguments: [
        ("postgres://u:hu@sh@h/d", "more than one '@'"), ("postgres://hush:hu/sh@h/d", "'@' after the first '/'"),
        ("postgres://u:1234/hush@h/d", "'@' after the first '/'"), ("postgres://u:hu%sh@h/d", "'%' in the password"),
        ("postgres://u:hush%@h/d", "'%' in the password"), ("postgres://u:hush%00@h/d", "'%' in the password"),
        ("postgres://hu%sh:p@h/d", "'%' in the user"), ("postgres://u:p@h:hush/d", "port"),
        ("postgres://u:p@h:99999/d", "port"), ("postgres://u:p@h:0/d", "port"), ("postgres://h:hush", "port"),
        ("postgres://u:p@hu\\sh/d", "host"), ("postgres://u:p@[hush]/d", "host"), ("postgres://u:p@[::1/hush", "host"),
        ("postgres://u:p@h/d?sslmodes=x", "unknown parameter 'sslmodes'"),
        ("postgres://u:p@h/d?hush!=x", "unknown parameter"),
        ("postgres://u:p@h/d?sslmode=hush", "unknown sslmode"), ("postgres://u:p@h/d?hush", "NAME=VALUE"),
        ("postgres://u:p@h/d?password=hu=sh", "NAME=VALUE"), ("postgres://u:p@h/hu%sh", "database's name"),
        ("postgres://u:p@h/d\n", "control character"), ("postgres://u:hu sh@h/d", "space"),
        ("mysql://u:hush@h/d", "neither"), ("hush", "neither"), ("", "neither"), ("sqlite:", "no path"),
        ("sqlite://", "no path"), ("POSTGRES://u:hush@h/d", "neither"),
    ])
    func `P14: what is wrong is said with its place, and nothing of the URL`(_ url: String, _ part: String) {
        let problem = DatabaseURL.problem(of: url)
        #expect(problem?.contains(part) == true, "\(problem ?? "none")")
        #expect(problem?.contains("hush") == false && problem?.contains("hu%") == false)
        #expect(problem?.contains("sh@") == false)
    }

    @Test func `P14: no URL stops the process`() {
        var random = SplitMix(seed: 11)
        let parts = [
            "postgres://", "u", ":", "@", "/", "?", "%", "%4", "[", "]", ",", "=", "&", "é", "sslmode", "\u{0}",
            "65536",
        ]
        for _ in 0..<20_000 {
            let url =
                "postgres://"
                + (0..<Int.random(in: 0...9, using: &random)).map { _ in
                    parts.randomElement(using: &random) ?? ""
                }.joined()
            _ = DatabaseURL.problem(of: url)
            _ = PostgresConnection.withoutSecrets(url)
        }
    }

    @Test(arguments: [
        (
            "connection to server at \"h\" (10.0.0.1), port 5432 failed: FATAL:  password authentication failed for user \"hush\"",
            PostgresRefusal.password
        ),
        ("could not translate host name \"hush@h\" to address: Name or service not known", .name),
        ("connection to server at \"127.0.0.1\", port 1 failed: Connection refused", .refused),
        ("FATAL:  sorry, too many clients already", .full), ("FATAL:  the database system is starting up", .starting),
        ("FATAL:  database \"hush\" does not exist", .unknown), ("server closed the connection unexpectedly", .broken),
        ("server does not support SSL, but SSL was required", .noTLS), ("hush", .other),
    ])
    func `P14: what libpq says is told in our words`(_ message: String, _ refusal: PostgresRefusal) {
        message.utf8CString.withUnsafeBufferPointer { bytes in
            let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: bytes.count)
            defer { copy.deallocate() }
            _ = copy.initialize(from: bytes)
            #expect(PostgresRefusal(message: copy.baseAddress) == refusal)
        }
        #expect(!refusal.rawValue.contains("hush"))
    }

    @Test(arguments: [
        ("10.0.0.5", false, "prefer", true), ("10.0.0.5", false, "allow", true), ("10.0.0.5", false, "disable", false),
        ("10.0.0.5", true, "prefer", false), ("127.0.0.1", false, "prefer", false), ("::1", false, "prefer", false),
        ("", false, "prefer", false), ("2001:db8::1", false, "prefer", true),
    ])
    func `another host without TLS is warned of, unless that was said`(
        _ address: String,
        _ usesTLS: Bool,
        _ mode: String,
        _ isUnprotected: Bool
    ) {
        #expect(PostgresConnection.isUnprotected(address: address, usesTLS: usesTLS, mode: mode) == isUnprotected)
    }
}
