#!/usr/bin/env bash
# test.sh: installs what is missing, starts the real servers, and runs every check there is. Ends with the line
# "N passed, N failed", before it how long each part took; fails when a check fails or is skipped, and when the compiler
# or lint warns.
#   KEEP=yes                      leaves the servers' state and the logs, and says where
#   PACKLINE_TEST_DATA=FOLDER     recorded answers of WordPress.org, for more tests (default: ../shared/data, if there)
#   CHAOS_KILLS=N                 workers to kill in all (default: 200; `make chaos` is for more)
. "$(dirname "$0")/lib.sh"
cd "$root"
passed=0 failed=0 failures='' finished='' left_out=''
work=$(mktemp -d "${TMPDIR:-/tmp}/packline-test.XXXXXX")
# Apache's children, who are not root, read a repository in there.
chmod 755 "$work"
background=()

# shellcheck disable=SC2317  # called by the trap
clean_up() {
    local status=$? pid
    trap - EXIT INT TERM
    for pid in "${background[@]}"; do stop_process "$pid" & done
    wait
    # A PostgreSQL that was restarted has another pid than at first.
    for pid in "$work"/*/cluster/postmaster.pid; do [ ! -e "$pid" ] || stop_process "$(head -n 1 "$pid")"; done
    DATA=$work/run "$root/scripts/stop.sh" || true
    # A run that failed is easier to understand with its logs.
    if [ -n "${KEEP:-}" ] || ((status != 0)); then say "logs and state are in $work"; else rm -rf "$work"; fi
    if [ -n "$finished" ]; then
        printf '\ntime:\n%s' "$times"
        printf '%6d s  in all\n' "$SECONDS"
        if [ -n "$left_out" ]; then printf '\n%s\n' "$left_out"; fi
        # Told once more where everybody looks: a long log is often cut to its end.
        if ((failed > 0)); then printf '\nwhat failed:\n%s' "$failures"; fi
        # The last line of all.
        printf '\n%d passed, %d failed\n' "$passed" "$failed"
    fi
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

times='' part='' part_began=0
# part NAME: what is done from here on. Says so, and remembers how long the part before took.
part() {
    [ -z "$part" ] || times+=$(printf '%6d s  %s' $((SECONDS - part_began)) "$part")$'\n'
    part=$1 part_began=$SECONDS
    say "$1"
}

count() {
    passed=$((passed + $1))
    failed=$((failed + $2))
}

# failed_lines LOG PATTERN: keeps the lines that say what failed, for the end.
failed_lines() {
    local lines
    lines=$(grep -E "$2" "$1" | cut -c 1-500 | head -n 40 || true)
    if [ -n "$lines" ]; then failures+=$lines$'\n'; fi
}

# step NAME COMMAND...: one check that is a whole command.
step() {
    local name=$1 status=0
    shift
    part "$name"
    "$@" || status=$?
    if ((status == 0)); then count 1 0; else
        printf 'FAILED %s\n' "$name"
        failures+="FAILED $name"$'\n'
        count 0 1
    fi
    return "$status"
}

finish() {
    [ -z "$part" ] || times+=$(printf '%6d s  %s' $((SECONDS - part_began)) "$part")$'\n'
    finished=yes
    ((failed == 0 && passed > 0)) || exit 1
    exit 0
}

# A folder that is named and is not there is a mistake, not a choice.
recorded=$(realpath -m "${PACKLINE_TEST_DATA:-$root/../shared/data}")
if [ -d "$recorded" ]; then
    export PACKLINE_TEST_DATA=$recorded
elif [ -n "${PACKLINE_TEST_DATA:-}" ]; then
    fail "PACKLINE_TEST_DATA names no folder: $PACKLINE_TEST_DATA"
fi

part "install what is missing"
scripts/install.sh build servers composer lint deploy image web shells api proxy

say "loading two generated Subversion histories in the background"
in_background "$work/plugins.log" scripts/load-svn.sh "$work/plugins" --slugs 2000 --revisions 10000 --odd
plugins_load=$started
in_background "$work/themes.log" scripts/load-svn.sh "$work/themes" --slugs 400 --revisions 1200 --shape themes
themes_load=$started
background+=("$plugins_load" "$themes_load")

step lint scripts/lint.sh || true
# Nothing else can be tried on code that does not build.
step "build, warnings are errors" scripts/build.sh debug --build-tests || finish
bin=$(swift build --show-bin-path)

wait "$plugins_load" || { cat "$work/plugins.log" >&2; fail "the plugins' history could not be loaded"; }
wait "$themes_load" || { cat "$work/themes.log" >&2; fail "the themes' history could not be loaded"; }

part "starting Apache with mod_dav_svn (twice), PostgreSQL, PgBouncer, and the S3 servers moto, SeaweedFS, JuiceFS and the sandbox"
plugins_port=$(free_port)
background+=("$(scripts/start-svn.sh "$plugins_port" "$work/plugins/repository" "$work/plugins/apache")")
themes_port=$(free_port)
background+=("$(scripts/start-svn.sh "$themes_port" "$work/themes/repository" "$work/themes/apache")")
postgres_port=$(free_port)
background+=("$(scripts/start-postgres.sh "$postgres_port" "$work/postgres")")
pgbouncer_port=$(free_port)
background+=("$(scripts/start-pgbouncer.sh "$pgbouncer_port" "$postgres_port" "$work/pgbouncer")")
moto_port=$(free_port)
background+=("$(scripts/start-moto.sh "$moto_port" "$work/moto" packline)")
read -r access secret <"$work/moto/keys"
background+=("$(scripts/start-seaweedfs.sh "$work/seaweedfs" packline)")
juicefs_port=$(free_port)
background+=("$(scripts/start-juicefs.sh "$juicefs_port" "$work/juicefs" packline)")
sandbox_port=$(free_port)
in_background "$work/sandbox.log" "$bin/packline-sandbox" --only s3 --port "$sandbox_port"
background+=("$started")
wait_for_url "http://127.0.0.1:$sandbox_port/" "$started" "$work/sandbox.log"

export PACKLINE_TEST_BIN=$bin
# Endpoint, bucket, access key, secret key, and what the server is known to do otherwise than S3.
stores=(
    "http://127.0.0.1:$moto_port|packline|$access|$secret"
    "http://127.0.0.1:$(cat "$work/seaweedfs/port")|packline|test|testtest"
    "http://127.0.0.1:$juicefs_port|packline|testtest|testtest|ignores-conditions"
    "http://127.0.0.1:$sandbox_port|packline|sandbox|sandboxsecret|makes-buckets"
)
PACKLINE_TEST_S3=$(IFS=, && echo "${stores[*]}")
export PACKLINE_TEST_S3
# A second moto issues credentials for web identities: one that checks signatures refuses that request, which has none.
sts_port=$(free_port)
in_background "$work/sts.log" .cache/python/bin/python3 -m moto.server -H 127.0.0.1 -p "$sts_port"
background+=("$started")
wait_for_url "http://127.0.0.1:$sts_port/moto-api/" "$started" "$work/sts.log"
export PACKLINE_TEST_STS=http://127.0.0.1:$sts_port
export PACKLINE_TEST_POSTGRES=postgres://postgres@127.0.0.1:$postgres_port/packline
export PACKLINE_TEST_SVN=http://127.0.0.1:$plugins_port
export PACKLINE_TEST_SVN_SUMMARY=$work/plugins/summary.json
export PACKLINE_TEST_SVN_ACCESS_LOG=$work/plugins/apache/access.log
export PACKLINE_TEST_SVN_THEMES=http://127.0.0.1:$themes_port
export PACKLINE_TEST_SVN_THEMES_SUMMARY=$work/themes/summary.json

# swift_tests LOG [FLAG...]: a skipped test proves nothing and counts as failed.
swift_tests() {
    local log=$1 status=0 run bad
    shift
    # No answer from a test is a failure, not a reason to wait for ever.
    timeout --kill-after=10 1500 swift test --skip-build --disable-xctest "$@" >"$log" 2>&1 </dev/null || status=$?
    # What went well needs no line of its own; a message may be several lines long.
    awk '/^(✘|➜|━|↳|✔ Test run)/ { shows = 1 } /^(◇|✔ (Test|Suite) )/ && !/^✔ Test run/ { shows = 0 } shows' "$log"
    grep -q 'Test run with' "$log" || tail -n 20 "$log"
    run=$(sed -nE 's/.*Test run with ([0-9]+) tests? .*/\1/p' "$log" | awk '{ sum += $1 } END { print sum + 0 }')
    bad=$(grep -E '^(✘ Test .* failed after|➜ Test .* skipped)' "$log" | grep -cv '^✘ Test run' || true)
    if ((status != 0 && bad == 0)); then bad=1; fi
    if ((bad > 0)); then failed_lines "$log" '^(✘ Test|➜ Test|↳|.*Fatal error)'; fi
    if ((run == 0)); then
        say "no test has run"
        failures+="no test has run: $log"$'\n'
        count 0 1
    else
        count $((run > bad ? run - bad : 0)) "$bad"
    fi
}

part "swift test"
selected=()
if [ -z "${PACKLINE_TEST_DATA:-}" ]; then
    # The suites that read recorded answers; the others prove the same over data of the project's own.
    selected=(--skip '\.Recorded')
    left_out="$(swift test list --skip-build 2>/dev/null | grep -c '\.Recorded' || true) tests over recorded answers were left out: there is no $recorded (another place: PACKLINE_TEST_DATA)"
    say "$left_out"
fi
# Tests that compute take all threads there are for a while: those that look names up and connect are
# not made to wait for them.
computing='((ComposerTests|ComposerRepositoryTests|WireTests)\.|WordPressTests\.(?!HostileServer|PackageDirectory|SubversionRepository))'
swift_tests "$work/computing-test.log" --filter "$computing" "${selected[@]}"
swift_tests "$work/swift-test.log" --skip "$computing" "${selected[@]}"
part "the tests of the store, and of what serve's event loops ask, once more through PgBouncer in transaction mode"
PACKLINE_TEST_POSTGRES=postgres://postgres@127.0.0.1:$pgbouncer_port/packline \
    swift_tests "$work/pgbouncer-test.log" --filter 'StoreTests|SiteTests\.(HotDocument|PostgresDocument)'

not_ended() {
    count 0 1
    failures+="FAILED before its end: $1"$'\n'
}

# lines LOG COMMAND...: the command prints "ok NAME" or "FAILED NAME" for each check, and "ended" at its end.
lines() {
    local log=$1
    shift
    "$@" </dev/null | tee "$log" || true
    grep -q '^ended$' "$log" || not_ended "$*"
    failed_lines "$log" '^FAILED '
    count "$(grep -c '^ok ' "$log" || true)" "$(grep -c '^FAILED ' "$log" || true)"
}

part "the ways to reach PostgreSQL"
lines "$work/databases.log" scripts/database-check.sh "$bin" "$postgres_port" "$work/postgres" "$pgbouncer_port" \
    "$work/databases"

part "end to end"
DATA=$work/run lines "$work/end-to-end.log" scripts/end-to-end.sh "$work/end-to-end"

part "the guides of the documentation, as they are printed"
lines "$work/guides.log" scripts/guides-check.sh "$work/guides"

# checks NAME COMMAND...: a script that prints "ok ..." or "FAILED ..." for each of its checks, and at the end how many.
checks() {
    local log=$work/checks.log
    part "$1"
    shift
    "$@" >"$log" 2>&1 </dev/null || true
    grep -vE '^([0-9]+ passed, [0-9]+ failed)?$' "$log" || true
    # One that did not get to its end failed, whatever it printed.
    grep -qE '^[0-9]+ passed, [0-9]+ failed$' "$log" || not_ended "$*"
    failed_lines "$log" '^FAILED '
    count "$(grep -c '^ok ' "$log" || true)" "$(grep -c '^FAILED ' "$log" || true)"
}
checks "files of the deployment" scripts/check-deploy.sh
checks "what is shown on terminals, and where the rest goes" scripts/terminal-check.py "$bin"
checks "make install, completions and manual" env BIN="$bin" scripts/install-check.sh
checks "the pipeline in a root file system like the image's" env BIN="$bin" scripts/image-check.sh
checks "upstream and the store behind a proxy" env BIN="$bin" scripts/proxy-check.sh
checks "the stack of compose.yaml as processes" scripts/compose-processes.py --bin "$bin"
checks "the same with lazy archives" scripts/compose-processes.py --bin "$bin" --lazy

part "workers that are killed"
KILLS=${CHAOS_KILLS:-200} BIN=$bin WORK=$work/chaos lines "$work/chaos.log" scripts/chaos.sh
finish
