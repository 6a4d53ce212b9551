#!/usr/bin/env bash
# web-check.sh URL [ARGUMENT OF browser-check.py]...: what serve shows at URL, in a real browser, and its metrics.
. "$(dirname "$0")/lib.sh"
url=${1:?web-check.sh URL}
promtool=$root/.cache/prometheus/usr/bin/promtool
"$root/scripts/install.sh" web

metrics=$(curl --silent --show-error --fail --noproxy '*' "$url/metrics")
complaints=$("$promtool" check metrics <<<"$metrics" 2>&1) || true
if [ -n "$complaints" ]; then
    printf 'FAILED promtool check metrics:\n%s\n' "$complaints"
    exit 1
fi
say "promtool: $(grep -c '^# TYPE ' <<<"$metrics") metrics are well formed"
"$root/scripts/browser-check.py" "$@"
