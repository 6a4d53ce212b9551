import Foundation

/// Runs PHP, for asking Composer's own classes what is right.
package enum PHP {
    package struct Failure: Error, CustomStringConvertible { package var description: String }

    /// Decodes what `script` leaves in `$output` when it finds `input` in `$input`: one process, fed by standard input.
    ///
    /// Composer's classes can be used in `script`; a missing PHP or Composer is an error that names the remedy.
    package static func evaluate<Output: Decodable>(
        _ script: String,
        input: some Encodable,
        as output: Output.Type = Output.self
    ) async throws -> Output {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("php-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let inputFile = folder.appendingPathComponent("input.json")
        try JSONEncoder().encode(input).write(to: inputFile)

        var php = ChildProcess(
            ["php", "-d", "memory_limit=-1", "-d", "display_errors=stderr", "-r", self.prelude + script + self.coda]
        )
        php.input = inputFile.path
        let end = try await php.run()
        guard end.status == 0 else {
            throw Failure(
                description: """
                    php ended with status \(end.status). These tests ask Composer's own classes, \
                    in PHP; on Debian: apt-get install -y composer php-cli
                    """
            )
        }
        return try JSONDecoder().decode(Output.self, from: end.output)
    }

    private static let prelude = """
        error_reporting(E_ALL & ~E_DEPRECATED);
        set_error_handler(function ($level, $message) {
            if ($level & error_reporting()) { throw new ErrorException($message); }
            return true;
        });
        if (!stream_resolve_include_path('Composer/autoload.php')) { fwrite(STDERR, "no Composer classes\\n"); exit(3); }
        require 'Composer/autoload.php';
        $input = json_decode(stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR);
        $output = null;

        """
    private static let coda = """

        echo json_encode($output, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES);
        """
}
