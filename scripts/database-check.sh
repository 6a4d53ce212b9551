#!/usr/bin/env bash
# database-check.sh BIN POSTGRES_PORT POSTGRES_STATE PGBOUNCER_PORT WORK_FOLDER: the ways to reach a PostgreSQL, with the
# built executables. Prints a line "ok NAME" or "FAILED NAME" for each.
. "$(dirname "$0")/lib.sh"
bin=$1 port=$2 state=$3 pgbouncer=$4 work=$5
mkdir -p "$work"
log=$work/log

# admits NAME VARIABLE=VALUE...: `sync status` reaches the database.
admits() {
    local name=$1
    shift
    if env "$@" "$bin/sync" status --json >"$log" 2>&1 && grep -q '"documents_dirty"' "$log"; then
        printf 'ok %s\n' "$name"
    else
        printf 'FAILED %s\n' "$name"
        tail -n 5 "$log"
    fi
}

# refuses NAME TEXT VARIABLE=VALUE...: it is an error that holds TEXT, and no password.
refuses() {
    local name=$1 text=$2 status=0
    shift 2
    env "$@" "$bin/sync" status >"$log" 2>&1 || status=$?
    if ((status == 1 || status == 64)) && grep -q "$text" "$log" && ! grep -q verysecret "$log"; then
        printf 'ok %s\n' "$name"
    else
        printf 'FAILED %s (status %d)\n' "$name" "$status"
        tail -n 5 "$log"
    fi
}

admin=(psql --host 127.0.0.1 --port "$port" --username postgres --no-psqlrc --quiet packline)
"${admin[@]}" --command "CREATE ROLE walker LOGIN PASSWORD 'verysecret'; CREATE SCHEMA walker AUTHORIZATION walker" >/dev/null
printf 'postgres://walker:verysecret@127.0.0.1:%d/packline\n' "$port" >"$work/url"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=other \
    -keyout "$work/other.key" -out "$work/other.crt" 2>/dev/null

# Looking changes nothing: no database is made or migrated, and one that can't be written is read.
mkdir "$work/none"
for command in "sync status" "update status --json" "discover --dry-run" "update --dry-run" "sync --dry-run"; do
    read -ra words <<<"$command"
    for url in "sqlite:$work/none/mistyped.sqlite" "sqlite://$work/none/mistyped.sqlite"; do
        status=0
        PACKLINE_DATABASE_URL=$url PACKLINE_BUCKET_URL=file:$work/none/bucket "$bin/${words[0]}" "${words[@]:1}" \
            >"$log" 2>&1 || status=$?
        if ((status == 1)) && grep -qF "$work/none/mistyped.sqlite" "$log" && [ -z "$(ls "$work/none")" ]; then
            printf 'ok %s names a database that is not there (%s) and makes none\n' "$command" "${url%%/*}"
        else
            printf 'FAILED %s on a database that is not there (status %d)\n' "$command" "$status"
            tail -n 5 "$log"
        fi
    done
done
mkdir "$work/still"
PACKLINE_DATABASE_URL=sqlite:$work/still/packline.sqlite PACKLINE_BUCKET_URL=file:$work/still/public "$bin/sync" >"$log" 2>&1
rm -f "$work/still/packline.sqlite-wal" "$work/still/packline.sqlite-shm"
for command in "sync status --json" "sync --dry-run"; do
    read -ra words <<<"$command"
    if PACKLINE_DATABASE_URL=sqlite:$work/still/packline.sqlite PACKLINE_BUCKET_URL=file:$work/still/public \
        bwrap --ro-bind / / --dev /dev --proc /proc "$bin/${words[0]}" "${words[@]:1}" >"$log" 2>&1; then
        printf 'ok %s reads a database on a file system that is read-only\n' "$command"
    else
        printf 'FAILED %s of a database on a file system that is read-only\n' "$command"
        tail -n 5 "$log"
    fi
done

tcp=postgres://walker:verysecret@127.0.0.1:$port/packline
refuses "status of a database in which nothing is yet" "no database of Packline" "PACKLINE_DATABASE_URL=$tcp"
PACKLINE_DATABASE_URL=$tcp PACKLINE_BUCKET_URL=file:$work/still/public "$bin/sync" >"$log" 2>&1
admits "PostgreSQL by a URL with a password" "PACKLINE_DATABASE_URL=$tcp"
admits "PostgreSQL by a URL in a file" "PACKLINE_DATABASE_URL_FILE=$work/url"
admits "PostgreSQL over TLS, the certificate verified" \
    "PACKLINE_DATABASE_URL=$tcp?sslmode=verify-full&sslrootcert=$state/ca.crt"
refuses "a server whose certificate nobody vouches for" "certificate is not accepted" \
    "PACKLINE_DATABASE_URL=$tcp?sslmode=verify-full&sslrootcert=$work/other.crt"
admits "PostgreSQL by a unix socket" "PACKLINE_DATABASE_URL=postgres:///packline?host=$state&port=$port&user=walker"
admits "PostgreSQL by PG variables alone" PACKLINE_DATABASE_URL=postgres:// PGHOST=127.0.0.1 "PGPORT=$port" \
    PGUSER=walker PGPASSWORD=verysecret PGDATABASE=packline
refuses "a database that is not there" "the database or the user does not exist" \
    "PACKLINE_DATABASE_URL=postgres://walker:verysecret@127.0.0.1:$port/nowhere"
refuses "a password that is not encoded, without a part of it" "more than one '@'" \
    "PACKLINE_DATABASE_URL=postgres://walker:very@secret@127.0.0.1:$port/packline"
refuses "a server that does not answer" "check host, port" \
    "PACKLINE_DATABASE_URL=postgres://walker:verysecret@127.0.0.1:1/packline"
# Where every connection is taken, a stage waits for one instead of failing. The only one is held until the server has
# refused the stage, so that it has to wait however slow the machine is.
"${admin[@]}" --command "ALTER ROLE walker CONNECTION LIMIT 1" >/dev/null
PGPASSWORD=verysecret psql --host 127.0.0.1 --port "$port" --username walker --no-psqlrc --quiet \
    --command "SELECT pg_sleep(600)" packline >/dev/null 2>&1 &
holder=$!
until "${admin[@]}" --tuples-only --command "SELECT 1 FROM pg_stat_activity WHERE usename = 'walker'" | grep -q 1; do
    is_running $holder || break
    sleep 0.05
done
refusals() { grep -c 'too many connections for role "walker"' "$state/cluster/log" || true; }
before=$(refusals)
admits "a connection that is free only after a while" "PACKLINE_DATABASE_URL=$tcp" >"$work/waited" &
stage=$!
while is_running $stage && (($(refusals) == before)); do sleep 0.05; done
if is_running $stage; then
    "${admin[@]}" --command "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'walker'" >/dev/null
    wait $stage
    cat "$work/waited"
else
    echo "FAILED a stage for which no connection was free did not wait"
fi
stop_process $holder
"${admin[@]}" --command "ALTER ROLE walker CONNECTION LIMIT -1" >/dev/null
admits "PostgreSQL through PgBouncer in transaction mode" \
    "PACKLINE_DATABASE_URL=postgres://walker:verysecret@127.0.0.1:$pgbouncer/packline"
"${admin[@]}" --command "SET client_min_messages = error; DROP SCHEMA walker CASCADE; DROP ROLE walker" >/dev/null
echo ended
