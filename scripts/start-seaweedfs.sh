#!/usr/bin/env bash
# start-seaweedfs.sh STATE_FOLDER BUCKET
# SeaweedFS with its S3 gateway, an object store of its own code, on free ports. Access key `test`, secret `testtest`.
# Makes the bucket, writes the gateway's port to STATE_FOLDER/port and prints the pid.
. "$(dirname "$0")/lib.sh"
(($# == 2)) || fail "usage: start-seaweedfs.sh STATE_FOLDER BUCKET"
state=$(realpath -m "$1") bucket=$2
weed=$root/.cache/python/bin/weed
[ -x "$weed" ] || fail "SeaweedFS is not installed: run scripts/install.sh servers"
mkdir -p "$state/data"

# Each of its servers takes a second port, 10,000 above the first.
ports=()
while ((${#ports[@]} < 4)); do
    port=$(free_port)
    if ((port < 55000)) && port_is_free $((port + 10000)) && [[ " ${ports[*]} " != *" $port "* ]]; then
        ports+=("$port")
    fi
done
cat >"$state/s3.json" <<'JSON'
{"identities": [{
    "name": "test",
    "credentials": [{"accessKey": "test", "secretKey": "testtest"}],
    "actions": ["Admin", "Read", "List", "Tagging", "Write"]
}]}
JSON

cd "$state"
in_background "$state/log" "$weed" server -ip=127.0.0.1 -ip.bind=127.0.0.1 -dir="$state/data" \
    -master.port="${ports[1]}" -volume.port="${ports[2]}" -filer -filer.port="${ports[3]}" \
    -s3 -s3.port="${ports[0]}" -s3.config="$state/s3.json" -s3.port.iceberg=0 -s3.port.lance=0 \
    -master.telemetry=false -master.volumeSizeLimitMB=1024 -volume.max=20
wait_for_url "http://127.0.0.1:${ports[0]}/" "$started" "$state/log"
AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=testtest "$root/.cache/python/bin/python3" \
    "$root/scripts/make-bucket.py" "http://127.0.0.1:${ports[0]}" "$bucket" >&2 || {
    stop_process "$started"
    fail "SeaweedFS takes no objects; its log is $state/log"
}
echo "${ports[0]}" >"$state/port"
echo "$started"
