#!/usr/bin/env bash
# api-check.sh URL: asks serve at URL what openapi.json says that it takes, and much that it does not, with schemathesis: no
# answer is a server's error, each has a status, a type and a shape that the document names.
#   EXAMPLES=N   how many requests of each kind to try at each route (default: 25)
. "$(dirname "$0")/lib.sh"
url=${1:?api-check.sh URL}
"$root/scripts/install.sh" api
work=$(mktemp -d "${TMPDIR:-/tmp}/packline-api.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
# Not that whatever is not in the document is refused: a parameter that nobody knows is no harm.
checks=not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance
checks+=,unsupported_method,allow_header_conformance
# The same requests each time: a failure is one for everybody. Reading is asked of a server that others use: what is
# installed is not reported to it as well.
NO_PROXY='*' "$root/.cache/openapi/bin/schemathesis" run "$url/openapi.json" --url "$url" \
    --checks "$checks" \
    --phases examples,coverage,fuzzing --max-examples "${EXAMPLES:-25}" --generation-deterministic --workers 1 \
    --request-timeout 20 --suppress-health-check all --no-color
