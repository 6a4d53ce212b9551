/// Prometheus' text format 0.0.4.
///
/// <https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md>
struct PrometheusText {
    enum Kind: String { case counter, gauge, histogram }

    private(set) var text = ""

    /// Begins a metric: its samples follow.
    mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        let help = help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        self.text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func sample(_ name: String, _ labels: [(name: String, value: String)] = [], _ value: String) {
        self.text += name
        if !labels.isEmpty {
            let pairs = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }
            self.text += "{" + pairs.joined(separator: ",") + "}"
        }
        self.text += " \(value)\n"
    }

    /// A gauge with one sample.
    mutating func gauge(_ name: String, _ help: String, _ value: some BinaryInteger) {
        self.begin(name, .gauge, help)
        self.sample(name, [], "\(value)")
    }

    /// Milliseconds as seconds: `1.5`.
    static func seconds(milliseconds: Int64) -> String { "\(Double(milliseconds) / 1_000)" }

    static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
