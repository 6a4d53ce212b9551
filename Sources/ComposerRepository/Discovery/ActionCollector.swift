import Wire

/// Sums up the actions of a feed by package, in one pass.
struct ActionCollector {
    private static let devSuffix = "~dev"
    /// Up to the end of the year 9999, seconds.
    private static let times: ClosedRange<Int64> = 0...253_402_300_799

    private let maxPackages: Int
    private var packages: [PackageChange] = []
    private var places: [String: Int] = [:]
    private var wantsResync = false
    private var tally = ChangesAnswer.Tally()

    init(maxPackages: Int) { self.maxPackages = maxPackages }

    /// - Returns: false where there is no list.
    mutating func read(_ reader: inout JSONReader) throws -> Bool {
        try reader.readEntries { reader, _ in
            self.tally.actions += 1
            guard try reader.kind() == .object else {
                try reader.skipValue()
                self.tally.damaged += 1
                return
            }
            var type: String?
            var name: String?
            var time: Int64?
            try reader.readObject { reader, key in
                if reader.matches(key, "type") {
                    type = try reader.readText()
                } else if reader.matches(key, "package") {
                    name = try reader.readText()
                } else if reader.matches(key, "time") {
                    time = try reader.readInteger()
                } else {
                    try reader.skipValue()
                }
            }
            self.take(type: type, name: name, time: time)
        }
    }

    private mutating func take(type: String?, name: String?, time: Int64?) {
        if type == "resync" {
            self.wantsResync = true
            return
        }
        if type != "update" && type != "delete" || name == nil { self.tally.damaged += 1 }
        guard let name else { return }
        let isDev = name.hasSuffix(Self.devSuffix)
        guard let key = PackageKey.of(isDev ? String(name.dropLast(Self.devSuffix.count)) : name) else {
            self.tally.unusableNames += 1
            return
        }
        let usableTime = time.flatMap { Self.times.contains($0) ? $0 : nil }
        if usableTime == nil { self.tally.absurdTimes += 1 }
        self.add(PackageChange.Action(isDelete: type == "delete", time: usableTime), to: key, isDev: isDev)
    }

    private mutating func add(_ action: PackageChange.Action, to key: String, isDev: Bool) {
        let place = self.places[key] ?? self.packages.count
        if place == self.packages.count {
            guard place < self.maxPackages else {
                self.wantsResync = true
                return
            }
            self.places[key] = place
            self.packages.append(PackageChange(name: key))
        }
        if isDev {
            self.packages[place].dev = self.packages[place].dev?.joined(with: action) ?? action
        } else {
            self.packages[place].main = self.packages[place].main?.joined(with: action) ?? action
        }
    }

    func finish(_ answer: inout ChangesAnswer) {
        answer.packages = self.packages
        answer.wantsResync = self.wantsResync
        answer.tally = self.tally
    }
}
