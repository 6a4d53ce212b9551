/// Records in the form of Wordfence's v3.
enum WordfenceText {
    static let uuid = "59ea7390-3587-4fce-b267-bf525dbe3e27"
    static let defiant = #"""
        {"notice":"Copyright 2012-2025 Defiant Inc.","license":"Defiant hereby grants you …","license_url":"https://d.example/"}
        """#
    static let mitre =
        #"{"notice":"Copyright 1999-2025 The MITRE Corporation","license":"CVE Usage: …","license_url":null}"#

    static func range(_ from: String, _ to: String, fromIsIn: Bool = true, toIsIn: Bool = true) -> String {
        #""\#(from) - \#(to)":{"from_version":"\#(from)","from_inclusive":\#(fromIsIn),"to_version":"\#(to)","to_inclusive":\#(toIsIn)}"#
    }

    static func software(_ type: String, _ slug: String, _ ranges: String...) -> String {
        let versions = ranges.isEmpty ? "[]" : "{\(ranges.joined(separator: ","))}"
        return #"{"type":"\#(type)","name":"N","slug":"\#(slug)","affected_versions":\#(versions),"patched":true}"#
    }

    static func record(_ software: String..., more: String = "") -> String {
        #"""
        {"id":"x","title":"A <= 1.0 - \"XSS\"","software":[\#(software.joined(separator: ","))],"informational":false,
        "description":"d","references":["https://other.example/","https://w.example/id/\#(self.uuid)?source=api-prod"],
        "cvss":{"vector":"v","score":6.4,"rating":"Medium"},"cve":"CVE-2025-2537","published":"2025-07-03 00:20:54",
        "copyrights":{"message":"This record…","mitre":\#(self.mitre),"defiant":\#(self.defiant)}\#(more)}
        """#
    }

    static func feed(_ records: (String, String)...) -> String {
        "{" + records.map { "\"\($0)\":\($1)" }.joined(separator: ",\n") + "}"
    }
}
