#!/usr/bin/env bash
# build.sh [debug|release] [ARGUMENTS OF swift build...]
# Builds everything and fails when the compiler warns. What it printed is in .build/build-CONFIGURATION.log.
# A release is built as the Dockerfile builds it, with Swift's libraries in the executables: they start faster, and run
# where there is no Swift.
. "$(dirname "$0")/lib.sh"
configuration=${1:-debug}
shift || true
flags=()
if [ "$configuration" = release ]; then flags=(--static-swift-stdlib); fi
mkdir -p "$root/.build"
log=$root/.build/build-$configuration.log
# The package manager asks git for the dependencies; a question about a password would wait for ever.
export GIT_TERMINAL_PROMPT=0
if ! swift build --package-path "$root" --configuration "$configuration" \
    --explicit-target-dependency-import-check error "${flags[@]}" "$@" >"$log" 2>&1 </dev/null; then
    grep -E 'error:|warning:' -A 4 "$log" | head -n 60 >&2 || true
    tail -n 5 "$log" >&2
    fail "the build failed; its output is in $log"
fi
# Whatever a dependency of a dependency allows, tomorrow's build is of the same versions.
for checkout in "$root"/.build/checkouts/*; do
    grep -qiE "/${checkout##*/}(\.git)?\", exact:" "$root/Package.swift" ||
        fail "Package.swift names no exact version of ${checkout##*/}"
done
# Dependencies may warn about themselves: by name ("warning: 'swift-nio': ..."), in a file below checkouts, or, where the
# linker does, in one of Swift's own static libraries.
dependencies=$(cd "$root/.build/checkouts" && printf '%s|' *)
if grep -E '(^|[^[:alnum:]])warning:' "$log" | grep -viE "warning: '(${dependencies%|})':|^[^ ]*/(\.build/checkouts|swift_static)/" >&2; then
    fail "the build warns; its output is in $log"
fi
