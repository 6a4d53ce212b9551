#!/usr/bin/env bash
# start-juicefs.sh PORT STATE_FOLDER BUCKET
# JuiceFS's S3 gateway at http://127.0.0.1:PORT: the request code of MinIO over a local folder, strict with signatures and
# checksums. Access key and secret `testtest`. Makes the bucket and prints the pid.
. "$(dirname "$0")/lib.sh"
(($# == 3)) || fail "usage: start-juicefs.sh PORT STATE_FOLDER BUCKET"
port=$1 state=$(realpath -m "$2") bucket=$3
juicefs=$root/.cache/python/bin/juicefs
[ -x "$juicefs" ] || fail "JuiceFS is not installed: run scripts/install.sh servers"
mkdir -p "$state/data"
port_is_free "$port" || fail "port $port is in use"

volume=sqlite3://$state/volume.db
"$juicefs" format --storage file --bucket "$state/data/" "$volume" packline >"$state/format.log" 2>&1 || {
    tail -n 20 "$state/format.log" >&2
    fail "JuiceFS could not make a volume"
}
export MINIO_ROOT_USER=testtest MINIO_ROOT_PASSWORD=testtest
in_background "$state/log" "$juicefs" gateway --multi-buckets --keep-etag --object-tag --object-meta --no-agent \
    --metrics 127.0.0.1:0 --no-usage-report --no-banner --cache-dir "$state/cache" "$volume" "127.0.0.1:$port"
wait_for_url "http://127.0.0.1:$port/" "$started" "$state/log"
AWS_ACCESS_KEY_ID=testtest AWS_SECRET_ACCESS_KEY=testtest "$root/.cache/python/bin/python3" \
    "$root/scripts/make-bucket.py" "http://127.0.0.1:$port" "$bucket" >&2 || {
    stop_process "$started"
    fail "JuiceFS takes no objects; its log is $state/log"
}
echo "$started"
