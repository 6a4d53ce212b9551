import TestSupport

@testable import ComposerRepository

/// What Composer's own classes find in documents: upstream's, and what we made of them.
enum ComposerReading {
    struct Question: Encodable {
        var name: String
        /// Files that hold the package, as upstream has them.
        var upstream: [String]
        /// What is published.
        var published: [String]
        /// Whether versions may lack a name, which they get.
        var addsNames = false
        /// Whether versions left a list, so that it has to be minified as Composer does it.
        var isRebuilt = false
    }

    struct Answer: Decodable {
        var problems: [String]
        var versions: Int
    }

    /// Compares what can be loaded.
    ///
    /// Each version of upstream's that Composer can load by itself has to be published with the same members, and nothing
    /// else. What is minified has to be as Composer minifies it.
    private static let script = """
        use Composer\\MetadataMinifier\\MetadataMinifier;
        $parser = new Composer\\Semver\\VersionParser();
        function present($version) { return array_filter($version, fn ($value) => $value !== null); }
        function loadable($version, $name, $parser) {
            if (!is_array($version) || !isset($version['name']) || !is_string($version['name'])) { return null; }
            if (strtolower($version['name']) !== $name || !isset($version['version'])) { return null; }
            try {
                if (!isset($version['version_normalized'])) {
                    $version['version_normalized'] = $parser->normalize((string) $version['version']);
                }
                $package = (new Composer\\Package\\Loader\\ArrayLoader(null, true))->loadPackages([$version])[0];
            } catch (Throwable $e) { return null; }
            foreach (['getSourceUrl', 'getSourceReference', 'getDistUrl', 'getDistReference'] as $value) {
                if (preg_match('{^\\s*-}', (string) $package->$value())) { return null; }
            }
            foreach ($package->getBinaries() as $bin) {
                if (preg_match('{(?:^|[\\\\\\\\/])\\.\\.(?:[\\\\\\\\/]|$)}', $bin)) { return null; }
            }
            $version = present($version);
            ksort($version);
            return $version;
        }
        function versions($text, $name) {
            $document = json_decode($text, true, 512, JSON_THROW_ON_ERROR);
            foreach ($document['packages'] ?? [] as $key => $versions) {
                if (strtolower($key) !== $name) { continue; }
                if (($document['minified'] ?? null) !== 'composer/2.0') { return array_values($versions); }
                return MetadataMinifier::expand(array_filter($versions, 'is_array'));
            }
            return [];
        }
        $output = array_map(function ($question) use ($parser) {
            $name = $question['name'];
            $expected = $found = $problems = [];
            foreach ($question['upstream'] as $text) {
                foreach (versions($text, $name) as $version) {
                    if ($question['addsNames'] && is_array($version)) { $version['name'] ??= $name; }
                    $version = loadable($version, $name, $parser);
                    if ($version !== null) { $expected[] = json_encode($version); }
                }
            }
            foreach ($question['published'] as $text) {
                $versions = versions($text, $name);
                foreach ($versions as $version) {
                    $loaded = loadable($version, $name, $parser);
                    if ($loaded === null) { $problems[] = 'ends an update: ' . json_encode($version); continue; }
                    if (!isset($version['version_normalized'])) { $problems[] = 'not normalised: ' . json_encode($version); }
                    $found[] = json_encode($loaded);
                }
                $document = json_decode($text, true);
                if ($question['isRebuilt'] && ($document['minified'] ?? null) === 'composer/2.0') {
                    $again = MetadataMinifier::minify(array_map('present', $versions));
                    $written = array_map(fn ($version) => array_map(fn ($value) => $value ?? '__unset', $version),
                        $document['packages'][$name] ?? []);
                    // A null that is filled later keeps its place in PHP; the order of members means nothing.
                    foreach ($again as &$members) { ksort($members); }
                    foreach ($written as &$members) { ksort($members); }
                    unset($members);
                    if ($again !== $written && !in_array($text, $question['upstream'], true)) {
                        $problems[] = "minified otherwise:\\n" . json_encode($again) . "\\n" . json_encode($written);
                    }
                }
            }
            sort($expected); sort($found);
            foreach (array_diff($expected, $found) as $version) { $problems[] = 'missing: ' . $version; }
            foreach (array_diff($found, $expected) as $version) { $problems[] = 'of no one: ' . $version; }
            if (count($expected) !== count($found)) { $problems[] = count($expected) . ' versions became ' . count($found); }
            return ['problems' => $problems, 'versions' => count($found)];
        }, $input);
        """

    static func answers(_ questions: [Question]) async throws -> [Answer] {
        try await PHP.evaluate(self.script, input: questions)
    }

    static func text(_ document: RepositoryDocument, _ upstream: [UInt8]?) -> String? {
        switch document.content {
        case .passThrough: upstream.map { String(decoding: $0, as: UTF8.self) }
        case .rewritten(let bytes): String(decoding: bytes, as: UTF8.self)
        case .none: nil
        }
    }
}
