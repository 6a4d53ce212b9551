import Facts
import Pipeline
import Upstream

/// What the file says in the place of the environment.
extension SettingsReader {
    /// The value of the file's key for a variable, or of the file that `KEY-file` names.
    mutating func textOfFile(_ name: String) -> String? {
        guard let file, let key = ConfigurationFile.key(of: name) else { return nil }
        if let value = file[key], value.content != .none {
            self.places[name] = value.place
            guard !Self.secrets.contains(name) else {
                self.problems.append(
                    "\(value.place) is a secret, which does not belong into this file: name a file that holds it with "
                        + "\(key)-file, or set \(name)"
                )
                return nil
            }
            return self.text(of: value).flatMap { self.line($0, name) }
        }
        if let value = file[key + "-file"], value.content != .none, let path = self.text(of: value) {
            self.places[name] = value.place
            return self.line(ofFile: path, value.place)
        }
        return nil
    }

    /// A text, or the entries of a list with commas between them, as the variable would have them.
    private mutating func text(of value: SettingValue) -> String? {
        switch value.content {
        case .text(let text): return String(text.trimmed)
        case .list(let entries):
            let texts = entries.compactMap { entry in if case .text(let text) = entry.content { text } else { nil } }
            if texts.count == entries.count, !texts.isEmpty, !texts.contains(where: { $0.contains(",") }) {
                return texts.joined(separator: ",")
            }
            self.problems.append("\(value.place) is a list of more than texts without commas; it takes those")
        case .section: self.problems.append("\(value.place) is a section of keys; it takes a value")
        case .none: break
        }
        return nil
    }

    /// Says what is wrong with the file after all that is known was read.
    mutating func finishFile() {
        guard let file else { return }
        self.problems += file.problems
        for member in file.variableKeys where !self.askedKeys.contains(member.key) {
            let known = self.askedKeys.filter { !$0.hasSuffix("-file") }.sorted() + [ConfigurationFile.sourcesKey]
            self.problems.append(
                "\(member.value.place) is no setting\(Spelling.remedy(member.key, known))"
            )
        }
        // What is said of a variable whose value came from the file is said of its place there.
        self.problems = self.problems.map { problem in
            guard let name = self.places.keys.first(where: { problem.hasPrefix($0 + " ") }),
                let place = self.places[name]
            else { return problem }
            return place + problem.dropFirst(name.count)
        }
    }
}

extension SettingsReader: KindSettings {
    mutating func refuse(_ problem: String) { self.problems.append(problem) }

    mutating func section(of source: SourceName) -> SettingValue? {
        self.askedSections.insert(source)
        return self.wholeSection(of: source).map { ArchiveKeys.parted($0).rest }
    }

    /// With what is the same for all kinds.
    mutating func wholeSection(of source: SourceName) -> SettingValue? {
        self.file?.sources?.first { $0.key == source.rawValue }?.value
    }

    mutating func declarePrivate(_ source: SourceName) { self.privateSources.append(source) }
}
