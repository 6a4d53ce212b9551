#!/usr/bin/env bash
# start-moto.sh PORT STATE_FOLDER BUCKET...
# moto's S3 at http://127.0.0.1:PORT, in memory, checking signatures. Makes the buckets, writes the key pair that is
# accepted to STATE_FOLDER/keys ("ACCESS SECRET") and prints the pid.
. "$(dirname "$0")/lib.sh"
(($# >= 3)) || fail "usage: start-moto.sh PORT STATE_FOLDER BUCKET..."
port=$1 state=$2
shift 2
mkdir -p "$state"
python=$root/.cache/python/bin/python3
[ -x "$python" ] || fail "moto is not installed: run scripts/install.sh servers"

port_is_free "$port" || fail "port $port is in use"
# As many requests as prepare-moto.py makes go unchecked; then signatures count.
export INITIAL_NO_AUTH_ACTION_COUNT=$(($# + 3))
in_background "$state/log" "$python" -m moto.server -H 127.0.0.1 -p "$port"
wait_for_url "http://127.0.0.1:$port/moto-api/" "$started" "$state/log"
"$python" "$root/scripts/prepare-moto.py" "http://127.0.0.1:$port" "$state/keys" "$@" || {
    stop_process "$started"
    fail "could not make the buckets; the server's log is $state/log"
}
echo "$started"
