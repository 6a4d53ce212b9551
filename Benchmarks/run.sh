#!/usr/bin/env bash
# run.sh [ARGUMENTS OF bench.py...]: builds for release and measures. `Benchmarks/bench.py --help` says what.
. "$(dirname "$0")/../scripts/lib.sh"
"$root/scripts/install.sh" build bench
say "building (release)"
"$root/scripts/build.sh" release
bin=$(swift build --package-path "$root" --configuration release --show-bin-path)
exec python3 -B "$root/Benchmarks/bench.py" --bin "$bin" "$@"
