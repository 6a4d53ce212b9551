#!/usr/bin/env bash
# chaos.sh: kills workers at random, over PostgreSQL, over PgBouncer and over SQLite, until each bucket is compared with
# one made from scratch (chaos.py). Prints a line "ok NAME" or "FAILED NAME" for each.
#   KILLS=N       in all (default: 2000); half of them over PostgreSQL, a quarter over each of the others
#   SEED=N        what the kills, changes and faults are drawn from (default: 1)
#   BIN=FOLDER    executables to try (default: a debug build)
#   WORK=FOLDER   for logs and state, which stay (default: one that goes when all is well)
. "$(dirname "$0")/lib.sh"
cd "$root"
kills=${KILLS:-2000} seed=${SEED:-1}
if [[ ! $kills =~ ^[0-9]+$ ]] || ((kills < 16)); then fail "KILLS is '$kills'; it takes a number from 16"; fi
if [ -z "${BIN:-}" ]; then
    scripts/install.sh build servers
    say "building (debug)"
    scripts/build.sh debug
    BIN=$(swift build --show-bin-path)
fi
work=${WORK:-$(mktemp -d "${TMPDIR:-/tmp}/packline-chaos.XXXXXX")} failed=0 pgbouncer=''
mkdir -p "$work"
chmod 755 "$work"

# shellcheck disable=SC2317  # called by the trap
clean_up() {
    local status=$?
    trap - EXIT INT TERM
    [ -z "$pgbouncer" ] || stop_process "$pgbouncer"
    # A server that was restarted has another pid than at first.
    [ ! -e "$work/postgres/cluster/postmaster.pid" ] || stop_process "$(head -n 1 "$work/postgres/cluster/postmaster.pid")"
    if [ -z "${WORK:-}" ]; then
        if ((status == 0)); then rm -rf "$work"; else say "logs and state are in $work"; fi
    fi
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# converge NAME ARGUMENTS OF chaos.py...
converge() {
    local name=$1 began=$SECONDS
    shift
    if scripts/chaos.py --bin "$BIN" --seed "$seed" --pause 0.5 "$@" </dev/null; then
        printf 'ok P10: %s (%d s)\n' "$name" $((SECONDS - began))
    else
        failed=$((failed + 1))
        printf 'FAILED P10: %s\n' "$name"
    fi
}

port=$(free_port)
scripts/start-postgres.sh "$port" "$work/postgres" >/dev/null
# What it has confirmed it knows after a crash: the program is told so, and acts upon it.
psql --host 127.0.0.1 --port "$port" --username postgres --no-psqlrc --quiet --output /dev/null \
    --command 'ALTER SYSTEM SET synchronous_commit = on' --command 'SELECT pg_reload_conf()' postgres
pgbouncer_port=$(free_port)
pgbouncer=$(scripts/start-pgbouncer.sh "$pgbouncer_port" "$port" "$work/pgbouncer")
psql --host 127.0.0.1 --port "$port" --username postgres --no-psqlrc --quiet --command 'CREATE DATABASE pooled' postgres
converge "killed, paused and skewed workers over PostgreSQL, which is restarted, converge" \
    --database "postgres://postgres@127.0.0.1:$port/packline" --cluster "$work/postgres/cluster" \
    --kills $((kills / 2)) --logs "$work/logs-postgres"
converge "the same through PgBouncer" \
    --database "postgres://postgres@127.0.0.1:$pgbouncer_port/pooled" --cluster "$work/postgres/cluster" \
    --kills $((kills / 4)) --update 2 --sync 2 --logs "$work/logs-pgbouncer"
converge "killed and paused workers over SQLite converge" \
    --database "sqlite:$work/chaos.sqlite" --kills $((kills - kills / 2 - kills / 4)) --update 2 --sync 2 \
    --logs "$work/logs-sqlite"
echo ended
((failed == 0))
