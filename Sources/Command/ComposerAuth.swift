import Foundation
import Upstream

/// What a file like Composer's `auth.json` says of hosts (https://getcomposer.org/doc/articles/authentication-for-private-packages.md).
struct ComposerAuth {
    private(set) var credentials: [HostCredential] = []
    private(set) var problems: [String] = []
    private let place: String

    /// - Parameters:
    ///   - path: Of the file.
    ///   - place: What named it.
    init(path: String, place: String) {
        self.place = "\(place) is '\(path)'"
        guard let data = FileManager.default.contents(atPath: path), data.count <= 1 << 20 else {
            self.problems = ["\(self.place), which can't be read"]
            return
        }
        guard let root = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            self.problems = ["\(self.place), which is no JSON object; it takes a file like Composer's auth.json"]
            return
        }
        for (form, hosts) in root.sorted(by: { $0.key < $1.key }) { self.read(form, hosts) }
    }

    private mutating func read(_ form: String, _ hosts: Any) {
        guard let read = Self.forms[form] else {
            let known = Self.forms.keys.sorted().joined(separator: ", ")
            let hint = form == "bitbucket-oauth" ? ": give Bitbucket an API token by http-basic" : ""
            self.problems.append("\(self.place), whose '\(form)' is none of: \(known)\(hint)")
            return
        }
        guard let hosts = hosts as? [String: Any] else {
            self.problems.append("\(self.place), whose '\(form)' is no object of hosts")
            return
        }
        for (host, value) in hosts.sorted(by: { $0.key < $1.key }) {
            let headers = read(value)
            guard host.wholeMatch(of: /[A-Za-z0-9.-]+(:[0-9]{1,5})?/) != nil, let headers, !headers.isEmpty,
                headers.allSatisfy({ Self.isHeader($0.name, $0.value) })
            else {
                // Never the value: it is a secret.
                self.problems.append("\(self.place), whose '\(form)' of '\(host)' is not as Composer has it")
                continue
            }
            let origin = Self.origin(of: host.lowercased(), form)
            self.credentials += headers.map { HostCredential(origin: origin, name: $0.name, value: $0.value) }
        }
    }

    private typealias Headers = [(name: String, value: String)]

    private static let forms: [String: @Sendable (Any) -> Headers?] = [
        "http-basic": { value in
            guard let members = value as? [String: String], let user = members["username"],
                let password = members["password"]
            else { return nil }
            return [("Authorization", "Basic \(Data("\(user):\(password)".utf8).base64EncodedString())")]
        },
        "bearer": { value in (value as? String).map { [("Authorization", "Bearer \($0)")] } },
        "github-oauth": { value in (value as? String).map { [("Authorization", "Bearer \($0)")] } },
        "gitlab-oauth": { value in (value as? String).map { [("Authorization", "Bearer \($0)")] } },
        "gitlab-token": { value in
            let token = value as? String ?? (value as? [String: String])?["token"]
            return token.map { [("PRIVATE-TOKEN", $0)] }
        },
        "custom-headers": { value in
            (value as? [String])?.map { line in
                let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
                return parts.count == 2 ? (parts[0], parts[1]) : ("", "")
            }
        },
    ]

    /// GitHub's archives are its API's.
    private static func origin(of host: String, _ form: String) -> String {
        form == "github-oauth" && host == "github.com" ? "https://api.github.com" : "https://\(host)"
    }

    private static func isHeader(_ name: String, _ value: String) -> Bool {
        name.wholeMatch(of: /[A-Za-z0-9-]+/) != nil && !value.isEmpty
            && value.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }
}
