#!/usr/bin/env bash
# start-postgres.sh PORT STATE_FOLDER
# A throw-away PostgreSQL at 127.0.0.1:PORT with the database `packline` and the user `postgres`, who needs no password.
# Takes TLS too, with a certificate for 127.0.0.1 that STATE_FOLDER/ca.crt vouches for.
# Prints the server's pid. Not durable: a crash of the machine may lose it.
. "$(dirname "$0")/lib.sh"
(($# == 2)) || fail "usage: start-postgres.sh PORT STATE_FOLDER"
port=$1 state=$(realpath -m "$2")
shopt -s nullglob
versions=(/usr/lib/postgresql/*/bin)
((${#versions[@]})) || fail "PostgreSQL is not installed: run scripts/install.sh servers"
bin=${versions[-1]}
port_is_free "$port" || fail "port $port is in use"

# The server refuses to run as root.
as_server=()
mkdir -p "$state"
if [ "$(id -u)" = 0 ]; then
    chown postgres:postgres "$state"
    as_server=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
cd /
if [ ! -s "$state/cluster/PG_VERSION" ]; then
    "${as_server[@]}" "$bin/initdb" --pgdata "$state/cluster" --username postgres --auth trust --encoding UTF8 \
        --locale C.UTF-8 --no-sync >"$state/initdb.log" 2>&1 || { cat "$state/initdb.log" >&2; fail "initdb failed"; }
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 \
        -addext subjectAltName=IP:127.0.0.1 -keyout "$state/server.key" -out "$state/ca.crt" 2>"$state/openssl.log" ||
        { cat "$state/openssl.log" >&2; fail "openssl made no certificate"; }
    [ "$(id -u)" != 0 ] || chown postgres:postgres "$state/server.key"
    cat >>"$state/cluster/postgresql.conf" <<CONF
ssl = on
ssl_cert_file = '$state/ca.crt'
ssl_key_file = '$state/server.key'
listen_addresses = '127.0.0.1'
unix_socket_directories = '$state'
max_connections = 2000
fsync = off
synchronous_commit = off
full_page_writes = off
CONF
fi
"${as_server[@]}" "$bin/pg_ctl" --pgdata "$state/cluster" --options "-p $port" --log "$state/cluster/log" --wait \
    --timeout 300 start >/dev/null || { tail -n 20 "$state/cluster/log" >&2; fail "PostgreSQL did not start"; }
psql=("$bin/psql" --host 127.0.0.1 --port "$port" --username postgres --no-psqlrc --quiet --tuples-only)
if [ -z "$("${psql[@]}" --command "SELECT 1 FROM pg_database WHERE datname = 'packline'" postgres)" ]; then
    "${psql[@]}" --command 'CREATE DATABASE packline' postgres
fi
head -n 1 "$state/cluster/postmaster.pid"
