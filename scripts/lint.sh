#!/usr/bin/env bash
# lint.sh: the formatting of Swift files, and shellcheck over all shell scripts.
. "$(dirname "$0")/lib.sh"
cd "$root"
swift format lint --strict --recursive Package.swift Sources Tests Benchmarks
mapfile -t shell_files < <(git ls-files -- '*.sh' .ci/run)
shellcheck --external-sources --source-path=SCRIPTDIR "${shell_files[@]}"
