extension SandboxWorld {
    /// The last revision of a repository.
    package func youngestRevision(_ directory: SandboxDirectory) -> Int {
        self.withState { $0[directory].youngest }
    }

    /// How many directories a repository has.
    package func packageCount(_ directory: SandboxDirectory) -> Int {
        self.withState { $0[directory].packages.count }
    }

    /// The package as it is, whatever the API says of it; nil when there is none.
    package func package(_ directory: SandboxDirectory, slug: String) -> SandboxPackage? {
        self.withState { $0[directory].packages[slug] }
    }

    /// The package as it is in the youngest revision, to be restored from there later.
    package func snapshot(_ directory: SandboxDirectory, slug: String) -> SandboxSnapshot? {
        self.withState { state in
            state[directory].packages[slug].map { SandboxSnapshot(package: $0, revision: state[directory].youngest) }
        }
    }

    /// All slugs in byte order.
    package func slugs(_ directory: SandboxDirectory) -> [String] {
        self.withState { state in
            state[directory].topLevel().filter { $0.hasSuffix("/") }.map { String($0.dropLast()) }
        }
    }

    /// The world's time, in seconds since 1970.
    package var nowSeconds: Int64 {
        self.withState { $0.nowMicroseconds / 1_000_000 }
    }

    /// Moves the world's clock forward; it never goes back, as revision dates only rise.
    package func setClock(seconds: Int64) {
        self.withState { $0.nowMicroseconds = max($0.nowMicroseconds, seconds * 1_000_000) }
    }

    /// Makes one commit.
    ///
    /// - Returns: The revision.
    /// - Throws: ``SandboxError`` when the package or the tag does not fit; nothing has changed then.
    @discardableResult
    package func commit(
        _ directory: SandboxDirectory,
        slug: String,
        _ commit: SandboxCommit
    ) throws(SandboxError) -> Int {
        try self.withState { (state: inout State) throws(SandboxError) in
            let before = state.nowMicroseconds
            do throws(SandboxError) {
                return try state[directory].commit(slug: slug, commit, microseconds: state.tick())
            } catch {
                state.nowMicroseconds = before
                throw error
            }
        }
    }

    /// Adds a package by one commit.
    ///
    /// Its tags are added by commits of their own, in the order given; the last one is
    /// live unless the package says otherwise.
    ///
    /// - Returns: The last revision.
    @discardableResult
    package func add(
        _ directory: SandboxDirectory,
        _ package: SandboxPackage,
        tags: [String] = []
    ) throws(SandboxError) -> Int {
        try self.withState { (state: inout State) throws(SandboxError) in
            guard state[directory].packages[package.slug] == nil else {
                throw .packageExists(directory, slug: package.slug)
            }
            return try Self.add(package, tags: tags, to: directory, in: &state)
        }
    }

    static func add(
        _ package: SandboxPackage,
        tags: [String],
        to directory: SandboxDirectory,
        in state: inout State
    ) throws(SandboxError) -> Int {
        var package = package
        let born = state.tick()
        var revision = state[directory].append(.birth(slug: package.slug), microseconds: born)
        package.bornRevision = revision
        package.trunkRevision = directory == .plugins ? revision : 0
        package.addedSeconds = born / 1_000_000
        package.lastUpdatedSeconds = package.addedSeconds
        if directory == .plugins { package.stableTag = "trunk" }
        state[directory].store(package)
        for tag in tags {
            revision = try state[directory].commit(slug: package.slug, .tag(tag), microseconds: state.tick())
        }
        return revision
    }

    /// Closes a plugin: no commit, only the API shows it.
    package func close(slug: String, _ closure: SandboxClosure? = nil) throws(SandboxError) {
        try self.change(.plugins, slug: slug) { package, now in
            package.closure = closure ?? SandboxClosure(date: CivilTime(seconds: now).date)
        }
    }

    /// Opens a closed plugin again, without a commit.
    package func reopen(slug: String) throws(SandboxError) {
        try self.change(.plugins, slug: slug) { package, _ in package.closure = nil }
    }

    /// Makes the API forget or know a package, without a commit.
    package func setListed(_ directory: SandboxDirectory, slug: String, _ isListed: Bool) throws(SandboxError) {
        try self.change(directory, slug: slug) { package, _ in package.isListed = isListed }
    }

    /// Changes anything that the API says, without a commit: installs, titles, descriptions.
    package func edit(
        _ directory: SandboxDirectory,
        slug: String,
        _ edit: (inout SandboxPackage) -> Void
    ) throws(SandboxError) {
        try self.change(directory, slug: slug) { package, _ in edit(&package) }
    }

    /// Deletes a package's directory by a commit.
    @discardableResult
    package func remove(_ directory: SandboxDirectory, slug: String) throws(SandboxError) -> Int {
        try self.withState { (state: inout State) throws(SandboxError) in
            guard state[directory].packages[slug] != nil else { throw .unknownPackage(directory, slug: slug) }
            state[directory].remove(slug: slug)
            return state[directory].append(.removal(slug: slug), microseconds: state.tick())
        }
    }

    /// Puts a file into the top level of a repository by a commit, where only directories are expected.
    @discardableResult
    package func addTopLevelFile(_ directory: SandboxDirectory, name: String) -> Int {
        self.withState { state in
            state[directory].addTopLevelFile(name)
            let path = ChangedPath(.added, .file, "/\(name)")
            return state[directory].append(.commit(slug: "", .paths([path])), microseconds: state.tick())
        }
    }

    /// From now on the API answers with the old state of a package, or of all, until ``releaseLag(_:slug:)``, until the
    /// repository has had `commits` more commits, or until `duration` has passed, whatever comes first.
    package func lag(
        _ directory: SandboxDirectory,
        slug: String? = nil,
        commits: Int? = nil,
        duration: Duration? = nil
    ) {
        self.withState { state in
            let lag = ApiLag(
                slug: slug,
                untilRevision: commits.map { state[directory].youngest + $0 },
                until: duration.map { ContinuousClock.now.advanced(by: $0) }
            )
            state[directory].lags.append(lag)
        }
    }

    /// The API catches up with the truth, for one package or for all.
    package func releaseLag(_ directory: SandboxDirectory, slug: String? = nil) {
        self.withState { $0[directory].releaseLag(slug: slug) }
    }

    private func change(
        _ directory: SandboxDirectory,
        slug: String,
        _ change: (inout SandboxPackage, _ nowSeconds: Int64) -> Void
    ) throws(SandboxError) {
        try self.withState { (state: inout State) throws(SandboxError) in
            guard var package = state[directory].packages[slug] else { throw .unknownPackage(directory, slug: slug) }
            change(&package, state.nowMicroseconds / 1_000_000)
            state[directory].store(package)
        }
    }
}
