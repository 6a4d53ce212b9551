import Pipeline
import Store

extension Doctor {
    private static let check = "database"
    /// Below this a database is likely to stop soon.
    private static let leastFreeBytes: Int64 = 64 << 20

    /// The database, and whether later checks can read it.
    func database() async -> (findings: [Finding], ready: Ready?) {
        if self.reading.wrongParts.contains(.database) {
            return ([.skipped(Self.check, because: "its settings are wrong")], nil)
        }
        let url = self.settings.databaseURL
        do {
            let (examination, ready) = try await within(self.limit) { [stages = self.settings.stages] in
                let found = try await Store.examine(url: url)
                guard let store = found.store else { return (found, nil as Ready?) }
                return (found, (store, try await stages.settled(in: store)))
            }
            if let now = examination.nowMilliseconds { self.clocks.note("the database", milliseconds: now) }
            return (Self.findings(examination), ready)
        } catch {
            let remedy = "check PACKLINE_DATABASE_URL, and that its server runs and can be reached from here"
            return ([.failed(Self.check, error, remedy: remedy)], nil)
        }
    }

    static func findings(_ found: DatabaseExamination) -> [Finding] {
        var findings = self.troubles(found)
        let place = "\(found.engine) at \(found.place)"
        switch found.schema {
        case .none:
            findings.append(
                Finding(Self.check, .warning, "\(place): there is none yet", remedy: "packline run, which makes it")
            )
        case .older(let found, let known):
            findings.append(
                Finding(
                    Self.check,
                    .warning,
                    "\(place) has schema \(found), older than this program's (\(known))",
                    remedy: "back it up; the next run of a stage migrates it, and older programs can't write it then"
                )
            )
        case .newer(let found, let known):
            findings.append(
                Finding(
                    Self.check,
                    .failed,
                    "\(place) has schema \(found), newer than this program's (\(known))",
                    remedy: "run the newer version of packline here too, or restore a backup from before it"
                )
            )
        case .current(let number):
            if findings.isEmpty { return [.ok(Self.check, "\(place): schema \(number), reached, can be written")] }
        }
        return findings
    }

    private static func troubles(_ found: DatabaseExamination) -> [Finding] {
        var findings: [Finding] = []
        if let obstacle = found.obstacle {
            let remedy =
                found.volume == nil
                ? "give the user of PACKLINE_DATABASE_URL the rights to write, on the primary server"
                : "let the user that runs packline write the file and its folder"
            findings.append(Finding(self.check, .failed, "\(found.place): \(obstacle)", remedy: remedy))
        }
        guard let volume = found.volume else { return findings }
        if volume.isRemote {
            findings.append(
                Finding(
                    self.check,
                    .warning,
                    "\(found.place) is on a file system of another machine (\(volume.type ?? ""))",
                    remedy: "keep SQLite on a local disk, where locks hold, or use PostgreSQL"
                )
            )
        }
        if let free = volume.freeBytes, free < self.leastFreeBytes {
            findings.append(
                Finding(
                    self.check,
                    .failed,
                    "the disk of \(found.place) is full: \(free >> 20) MB are free",
                    remedy: "make room there, or move the database"
                )
            )
        }
        return findings
    }
}
