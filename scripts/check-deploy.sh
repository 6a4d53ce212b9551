#!/usr/bin/env bash
# check-deploy.sh: what can be said of the Dockerfile, compose.yaml, the Kubernetes manifests, the alerts and the
# dashboard without an engine or a cluster. A warning is a failure. Prints a line for each check.
. "$(dirname "$0")/lib.sh"
cd "$root"
tools=$root/.cache/deploy/bin promtool=$root/.cache/prometheus/usr/bin/promtool
for tool in "$tools/hadolint" "$promtool"; do
    [ -x "$tool" ] || fail "$tool is not there: run scripts/install.sh deploy"
done
# The binary itself: the package's wrapper ends with 0 whatever it says.
compose=$(find .cache/deploy/lib -path '*/compose/docker-compose' | head -n 1)
work=$(mktemp -d "${TMPDIR:-/tmp}/packline-deploy.XXXXXX")
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# check NAME COMMAND...: it has to end with 0.
check() {
    local name=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        passed=$((passed + 1))
        printf 'ok %s\n' "$name"
    else
        failed=$((failed + 1))
        printf 'FAILED %s\n' "$name"
        sed 's/^/    /' "$work/log" | head -n 40
    fi
}

# quiet COMMAND...: it has to end with 0 and say nothing.
quiet() {
    local output
    output=$("$@" 2>&1) || { printf '%s\n' "$output"; return 1; }
    [ -z "$output" ] || { printf '%s\n' "$output"; return 1; }
}

# compose_config ARGUMENTS...: without the settings of whoever calls this.
compose_config() {
    env -i PATH="$PATH" HOME="$work" "$compose" --file compose.yaml "$@" config --quiet
}

same_as_example() {
    local files=(--env-file .env.example)
    diff <(env -i PATH="$PATH" HOME="$work" "$compose" --env-file /dev/null config) \
        <(env -i PATH="$PATH" HOME="$work" "$compose" "${files[@]}" config)
}

env_reaches_all() {
    printf 'SETTINGS_FILE=%s/dot-env\nPACKLINE_ADVISORIES=separate\nHTTPS_PROXY=http://cache.example:3128\n' "$work" >"$work/dot-env"
    printf 'PACKLINE_BUCKET_URL=file:elsewhere\n' >>"$work/dot-env"
    env -i PATH="$PATH" HOME="$work" "$compose" --env-file "$work/dot-env" --profile '*' config --format json |
        python3 -c '
import json, sys
services = json.load(sys.stdin)["services"]
for stage in ("discover", "update", "sync", "serve"):
    for name in (stage, f"{stage}-sqlite"):
        variables = services[name]["environment"]
        assert variables["PACKLINE_ADVISORIES"] == "separate", name
        assert variables["HTTPS_PROXY"] == "http://cache.example:3128", name
assert services["sync"]["environment"]["PACKLINE_BUCKET_URL"] == "s3://packline"
assert "PACKLINE_ADVISORIES" not in services["postgres"]["environment"]'
}

# starts_only SERVICES SERVICE: what starting one service starts.
starts_only() {
    diff <(tr ' ' '\n' <<<"$1") <(env -i PATH="$PATH" HOME="$work" "$compose" --env-file /dev/null config --format json "$2" |
        python3 -c 'import json, sys; print("\n".join(sorted(json.load(sys.stdin)["services"])))')
}

kustomize() {
    "$tools/kubectl" kustomize "$1" >"$work/$(basename "$1").yaml" 2>"$work/errors" || { cat "$work/errors"; return 1; }
    if [ -s "$work/errors" ]; then cat "$work/errors"; return 1; fi
}

# The devcontainer starts from the image that the Dockerfile builds in, and has all that it installs there.
devcontainer() {
    python3 - <<'PYTHON'
import json
import pathlib
import re

settings = json.loads(pathlib.Path(".devcontainer/devcontainer.json").read_text())
ours = pathlib.Path(".devcontainer", settings["build"]["dockerfile"]).read_text()
builder = pathlib.Path("Dockerfile").read_text()
image = re.search(r"^ARG SWIFT_IMAGE=(\S+)$", builder, re.MULTILINE)[1]
assert f"FROM {image}\n" in ours, f"it is not made from {image}"
packages = [set(re.search(r"no-install-recommends \\\n(.*?)&&", text, re.DOTALL)[1].replace("\\", "").split()) for text in (builder, ours)]
assert packages[0] <= packages[1], f"it lacks {packages[0] - packages[1]}"
for command in (settings["onCreateCommand"], settings["updateContentCommand"]):
    assert command.startswith("swift ") or pathlib.Path(command.split()[0]).exists(), command
PYTHON
}

# SwiftPM builds nothing where the folder of one target is missing, of whatever product.
targets_reach_the_image() {
    swift package dump-package >"$work/package.json" && python3 - "$work/package.json" <<'PYTHON'
import json
import pathlib
import re
import sys

admitted = [line[1:] for line in pathlib.Path(".dockerignore").read_text().splitlines() if line.startswith("!")]
builder = pathlib.Path("Dockerfile").read_text().split("\nFROM ")[1]
copied = {source: target.removeprefix("./") for source, target in re.findall(r"^COPY (\S+) (\S+)$", builder, re.MULTILINE)}
for source in copied:
    assert any(f"{source}/".startswith(f"{path}/") for path in admitted), f".dockerignore leaves {source} out"
targets = json.loads(pathlib.Path(sys.argv[1]).read_text())["targets"]
assert len(targets) > 30, targets
for target in targets:
    folder = target.get("path") or f"{'Tests' if target['type'] == 'test' else 'Sources'}/{target['name']}"
    assert pathlib.Path(folder).is_dir(), folder
    assert any(source == to and f"{folder}/".startswith(f"{source}/") for source, to in copied.items()), f"no COPY of {folder}"
PYTHON
}

# Forms of issues as GitHub wants them: a name, a description, and elements of known types with an id and a label.
issue_forms() {
    "$tools/python3" - <<'PYTHON'
import pathlib

import yaml

for file in sorted(pathlib.Path(".github/ISSUE_TEMPLATE").glob("*.yml")):
    form = yaml.safe_load(file.read_text())
    if file.name == "config.yml":
        continue
    assert form["name"] and form["description"], file
    ids = [element["id"] for element in form["body"]]
    assert len(set(ids)) == len(ids), file
    for element in form["body"]:
        assert element["type"] in ("textarea", "input", "dropdown") and element["attributes"]["label"], (file, element)
        assert element["type"] != "dropdown" or element["attributes"]["options"], (file, element)
PYTHON
}

manifests() { "$tools/python3" scripts/check-manifests.py "$@"; }

# extract WHAT FROM TO
extract() { manifests "$1" "$2" >"$3"; }

# Resources of operators have no schema there; check-manifests.py looks at those.
validate() {
    extract known "$work/$1.yaml" "$work/$1.known.yaml"
    "$tools/kubernetes-validate" --strict "$work/$1.known.yaml" >"$work/validate.log" 2>&1 || {
        cat "$work/validate.log"
        return 1
    }
    grep -q '^INFO' "$work/validate.log" && ! grep -v '^INFO' "$work/validate.log"
}

check "hadolint: Dockerfile" "$tools/hadolint" --failure-threshold style Dockerfile
check "hadolint: the devcontainer" "$tools/hadolint" --failure-threshold style .devcontainer/Dockerfile
check "the devcontainer has what the Dockerfile builds with" devcontainer
check "the Dockerfile copies every target of Package.swift" targets_reach_the_image
check "the forms of issues" issue_forms
check "shellcheck: the scripts of the image" shellcheck deploy/image/healthcheck deploy/image/job
check "compose: no profile" quiet compose_config --env-file /dev/null
check "compose: profile sandbox" quiet compose_config --env-file deploy/compose/sandbox.env
check "compose: profile sqlite" quiet compose_config --env-file /dev/null --profile sqlite
check "compose: every profile" quiet compose_config --env-file /dev/null --profile '*'
check ".env.example holds the defaults" same_as_example
check "compose: any setting of .env reaches all that read it, and one of compose.yaml wins" env_reaches_all
check "compose: up serve-sqlite starts SQLite's services only" \
    starts_only "discover-sqlite serve-sqlite sync-sqlite update-sqlite" serve-sqlite
check "compose: every service is hardened" manifests compose "$compose"
check "compose: lazy archives" quiet compose_config --file deploy/compose/lazy.yaml --env-file /dev/null --profile '*'
check "compose: every service is hardened with lazy archives" manifests compose "$compose" deploy/compose/lazy.yaml
for folder in deploy/kubernetes/base deploy/kubernetes/overlays/*; do
    name=$(basename "$folder")
    check "kustomize: $name" kustomize "$folder"
    check "kubernetes-validate: $name" validate "$name"
    check "manifests: $name" manifests kubernetes "$work/$name.yaml"
done
# Components that no overlay uses, one at a time.
for folder in deploy/kubernetes/components/*; do
    name=$(basename "$folder")
    mkdir -p "$work/with-$name"
    cat >"$work/with-$name/kustomization.yaml" <<YAML
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [$(realpath --relative-to="$work/with-$name" deploy/kubernetes/base)]
components: [$(realpath --relative-to="$work/with-$name" "$folder")]
YAML
    check "kustomize: base with $name" kustomize "$work/with-$name"
    check "kubernetes-validate: base with $name" validate "with-$name"
    check "manifests: base with $name" manifests kubernetes "$work/with-$name.yaml"
done
monitoring=deploy/kubernetes/components/monitoring
check "alerts: groups of the PrometheusRule" extract rules "$monitoring/alerts.yaml" "$work/rules.yaml"
for unit in packline packline-serve; do
    # As it is, but for a program that is there.
    sed 's#/usr/local/bin/packline#/bin/true#' "deploy/systemd/$unit.service" >"$work/$unit.service"
    check "systemd: $unit.service" quiet systemd-analyze verify --man=no "$work/$unit.service"
done
check "litestream: the example" "$tools/litestream" databases -config deploy/litestream/litestream.yml
check "promtool: rules" "$promtool" check rules --lint=all --lint-fatal "$work/rules.yaml"
cp "$monitoring/alerts-test.yaml" "$work/"
check "promtool: unit tests of the alerts" "$promtool" test rules "$work/alerts-test.yaml"
check "alerts: each is tested, and explained in docs/operations.md" manifests alerts "$monitoring" docs/operations.md
check "alerts and dashboard: every metric is in docs/operations.md" manifests metrics "$monitoring" docs/operations.md
check "every setting of compose.yaml and of the manifests is documented" manifests settings docs
check "ingress and gateway route what serve answers, and nothing that is for the inside" manifests routes \
    deploy/kubernetes/components/ingress/ingress.yaml deploy/kubernetes/components/gateway/http-route.yaml
check "what is said of memory is what the manifests give and what was measured" manifests memory docs/operations.md \
    Benchmarks/RESULTS.md
check "Dockerfile, compose.yaml and Kubernetes agree on user, port and image" manifests agree "$work/production.yaml"
printf '\n%d passed, %d failed\n' "$passed" "$failed"
((failed == 0 && passed > 0))
