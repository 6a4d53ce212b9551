#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension ComposerWorld.State {
    func existing(_ names: [String]) throws(SandboxError) -> [Int] {
        var numbers: [Int] = []
        for name in names {
            guard let number = self.number(name), !self.current(number).isDeleted else {
                throw .badCommand("there is no package \"\(name)\"; add it first")
            }
            numbers.append(number)
        }
        return numbers
    }

    /// Different packages that are there, at random.
    mutating func choose(_ count: Int) -> [Int] {
        // Few of many are drawn; many of few are shuffled, which always ends.
        if count < self.count / 4 {
            var chosen: [Int] = []
            var seen: Set<Int> = []
            for _ in 0..<(max(0, count) * 20) where chosen.count < count {
                let number = self.generator.below(self.count)
                guard !(self.changed[number]?.isDeleted ?? false), seen.insert(number).inserted else { continue }
                chosen.append(number)
            }
            return chosen
        }
        var numbers = self.live
        numbers.shuffle(using: &self.generator)
        return Array(numbers.prefix(max(0, count)))
    }

    mutating func publish(
        _ number: Int,
        _ change: ComposerChange,
        isNew: Bool = false,
        isSameSecond: Bool = false
    ) {
        self.keepServed(number, isNew: isNew)
        let time = self.tick(isSameSecond: isSameSecond)
        var state = self.current(number)
        switch change {
        case .release:
            state.releases.append(time / 10_000)
            state.devRevision += 1
            (state.mainTime, state.devTime) = (time, time)
        case .dev:
            state.devRevision += 1
            state.devTime = time
        case .advisory:
            state.advisories.append(Int64(Date().timeIntervalSince1970))
            state.mainTime = time
        case .withdrawal:
            let count = (self.catalogue.hasAdvisory(number) ? 1 : 0) + state.advisories.count
            state.withdrawnAdvisories = min(count, state.withdrawnAdvisories + 1)
            state.mainTime = time
        }
        self.changed[number] = state
        if change != .dev { self.feed.update(number, isDev: false, time: time) }
        if change != .advisory, change != .withdrawal { self.feed.update(number, isDev: true, time: time) }
    }

    @discardableResult
    mutating func add(named name: String?) -> Int {
        let known = name.flatMap { self.number($0) }
        let number = known ?? self.count
        if known == nil {
            self.count += 1
            if let name {
                self.given[number] = name
                self.numbers[name] = number
            }
        }
        self.keepServed(number, isNew: true)
        var state = self.current(number)
        state.isDeleted = false
        state.releases.append(self.now / 10_000)
        self.changed[number] = state
        self.publish(number, .release, isNew: true)
        return number
    }

    mutating func delete(_ number: Int) {
        self.keepServed(number, isNew: false)
        let time = self.tick()
        var state = self.current(number)
        state.isDeleted = true
        self.changed[number] = state
        self.feed.delete(number, time: time)
    }

    /// Advances the clock to the time of the next publication.
    ///
    /// By more than a second, so that no two share a Last-Modified, unless that is what is wanted.
    private mutating func tick(isSameSecond: Bool = false) -> Int64 {
        self.now += isSameSecond ? 1 : 10_001 + Int64(self.generator.below(20_000))
        self.rootTime = self.now
        self.publications += 1
        self.version += 1
        return self.now
    }
}
