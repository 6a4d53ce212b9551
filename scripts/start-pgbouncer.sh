#!/usr/bin/env bash
# start-pgbouncer.sh PORT POSTGRES_PORT STATE_FOLDER
# PgBouncer in transaction mode at 127.0.0.1:PORT before the server of start-postgres.sh. Its pools are small, so that
# the transactions of one client go to several server processes, and large enough for tests in which one transaction
# waits for another while a third looks. Prints the pid.
. "$(dirname "$0")/lib.sh"
(($# == 3)) || fail "usage: start-pgbouncer.sh PORT POSTGRES_PORT STATE_FOLDER"
port=$1 server=$2 state=$(realpath -m "$3")
pgbouncer=$(command -v pgbouncer || echo /usr/sbin/pgbouncer)
[ -x "$pgbouncer" ] || fail "PgBouncer is not installed: run scripts/install.sh servers"
mkdir -p "$state"
echo '"postgres" ""' >"$state/users.txt"
# Roles that are made later are looked up in the server.
cat >"$state/pgbouncer.ini" <<CONF
[databases]
* = host=127.0.0.1 port=$server
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
auth_type = trust
auth_file = $state/users.txt
auth_user = postgres
auth_query = SELECT usename, passwd FROM pg_shadow WHERE usename = \$1
pool_mode = transaction
default_pool_size = 4
max_client_conn = 1000
server_idle_timeout = 5
server_login_retry = 1
logfile = $state/log
pidfile =
CONF
as_server=()
if [ "$(id -u)" = 0 ]; then
    chown -R postgres:postgres "$state"
    as_server=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
cd /
in_background "$state/stdout.log" "${as_server[@]}" "$pgbouncer" "$state/pgbouncer.ini"
deadline=$((SECONDS + 300))
until psql --host 127.0.0.1 --port "$port" --username postgres --no-psqlrc --quiet --tuples-only --command 'SELECT 1' \
    packline >/dev/null 2>&1; do
    is_running "$started" || { cat "$state/stdout.log" >&2; fail "PgBouncer ended at once; its log is $state/log"; }
    ((SECONDS < deadline)) || { stop_process "$started"; fail "PgBouncer does not answer; its log is $state/log"; }
    sleep 0.1
done
echo "$started"
