#!/usr/bin/env python3
"""check-manifests.py WHAT FILE...: parts of check-deploy.sh that need to look into YAML and JSON. Needs PyYAML.

known FILE         prints the resources that Kubernetes itself defines
kubernetes FILE    security contexts, probes, limits, references
rules FILE         prints the groups of a PrometheusRule, as promtool reads them
alerts FOLDER DOC  each alert has a unit test and a heading in the document
metrics FOLDER DOC each metric of the alerts and the dashboard is in the document's table
compose BINARY [OVERLAY]  every service of compose.yaml is hardened, and only who needs it reaches the bucket
settings FOLDER    every variable of compose.yaml and of the manifests is in the folder's reference or operations page
routes INGRESS ROUTE  both route what serve answers, but for what is for the inside
memory DOC RESULTS  limits and peaks that the documentation names are those of the manifests, and were measured
agree FILE         user, port and image are the same everywhere
"""
import json
import pathlib
import re
import subprocess
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
OPERATORS = ("monitoring.coreos.com/", "gateway.networking.k8s.io/")
METRIC = re.compile(r"\bpackline_[a-z_]+\b")


def documents(file):
    return [document for document in yaml.safe_load_all(pathlib.Path(file).read_text()) if document]


def known(file):
    print(yaml.safe_dump_all(d for d in documents(file) if not d["apiVersion"].startswith(OPERATORS)))
    return []


def pod_of(document):
    if document["kind"] == "CronJob":
        return document["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    if document["kind"] in ("Deployment", "StatefulSet", "Job"):
        return document["spec"]["template"]["spec"]
    return None


def kubernetes(file):
    problems = []
    found = documents(file)
    names = {(d["kind"], d["metadata"]["name"]) for d in found}
    makes_secrets = any(kind == "Secret" for kind, _ in names)
    # What an operator makes by hand, as docs/operations.md says.
    expected = {"packline-database", "packline-bucket-keys", "packline-authentication", "packline-litestream"}
    archives = {}
    for document in found:
        where = f"{document['kind']} {document['metadata']['name']}"
        if document["kind"] == "ServiceMonitor":
            if not {"selector", "endpoints"} <= document["spec"].keys():
                problems.append(f"{where} lacks its selector or endpoints")
        pod = pod_of(document)
        if not pod:
            continue
        context = pod.get("securityContext", {})
        if not context.get("runAsNonRoot") or not context.get("runAsUser"):
            problems.append(f"{where} may run as root")
        if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            problems.append(f"{where} has no seccomp profile")
        if pod.get("automountServiceAccountToken") is not False:
            problems.append(f"{where} mounts a token")
        for container in pod["containers"] + pod.get("initContainers", []):
            own = container.get("securityContext", {})
            if own.get("allowPrivilegeEscalation") is not False or own.get("capabilities", {}).get("drop") != ["ALL"]:
                problems.append(f"{where}: {container['name']} is not of the restricted profile")
            if own.get("readOnlyRootFilesystem") is not True:
                problems.append(f"{where}: {container['name']} can write to its root")
            resources = container.get("resources", {})
            if not resources.get("requests", {}).get("cpu") or not resources.get("limits", {}).get("memory"):
                problems.append(f"{where}: {container['name']} has no request of CPU or no limit of memory")
            mounted = {mount["name"]: mount["mountPath"] for mount in container.get("volumeMounts", [])}
            for variable in container.get("env", []):
                if variable["name"].endswith("_FILE") and "value" in variable:
                    if not any(variable["value"].startswith(path + "/") for path in mounted.values()):
                        problems.append(f"{where}: {variable['name']} is a file that is not mounted")
                if variable["name"].endswith("_DIR") and "value" in variable:
                    if not any(f"{variable['value']}/".startswith(path + "/") for path in mounted.values()):
                        problems.append(f"{where}: {variable['name']} is a folder that can't be written")
            variables = {variable["name"]: variable.get("value") for variable in container.get("env", [])}
            if document["metadata"].get("labels", {}).get("app.kubernetes.io/name") == "packline":
                archives[where] = variables.get("PACKLINE_ARCHIVES", "off")
            sources = [source["configMapRef"]["name"] for source in container.get("envFrom", [])]
            if archives.get(where) == "lazy" and container["name"] in ("sync", "serve"):
                if not any(name.startswith("packline-bucket") for name in sources):
                    problems.append(f"{where} has archives to put into a bucket, and none is named")
            for source in container.get("envFrom", []):
                if ("ConfigMap", source["configMapRef"]["name"]) not in names:
                    problems.append(f"{where} takes settings from {source['configMapRef']['name']}, which is not there")
        for volume in pod.get("volumes", []):
            secret = volume.get("secret", {}).get("secretName")
            if secret and ("Secret", secret) not in names and (makes_secrets or secret not in expected):
                problems.append(f"{where} mounts the Secret {secret}, which nothing makes")
        account = pod.get("serviceAccountName")
        if account and ("ServiceAccount", account) not in names:
            problems.append(f"{where} runs as {account}, which is not there")
    if len(set(archives.values())) > 1:
        problems.append(f"not all have the same PACKLINE_ARCHIVES: {archives}")
    return problems


def rules(file):
    print(yaml.safe_dump(documents(file)[0]["spec"]))
    return []


def alert_names(folder):
    groups = documents(folder / "alerts.yaml")[0]["spec"]["groups"]
    return [rule["alert"] for group in groups for rule in group["rules"]]


def alerts(folder, document):
    tests = documents(folder / "alerts-test.yaml")[0]["tests"]
    fired, silent = set(), set()
    for test in tests:
        for case in test["alert_rule_test"]:
            (fired if case["exp_alerts"] else silent).add(case["alertname"])
    text = pathlib.Path(document).read_text()
    problems = [f"{name} is never seen to fire in alerts-test.yaml" for name in alert_names(folder) if name not in fired]
    problems += [f"{name} is never seen silent in alerts-test.yaml" for name in alert_names(folder) if name not in silent]
    anchors = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    for group in documents(folder / "alerts.yaml")[0]["spec"]["groups"]:
        for rule in group["rules"]:
            page, _, anchor = rule["annotations"].get("runbook_url", "").partition("#")
            if not page.endswith(str(document)) or anchor != rule["alert"].lower() or anchor not in anchors:
                problems.append(f"the runbook_url of {rule['alert']} is no heading of {document}")
    problems += [f"{document} says nothing of {name}" for name in alert_names(folder) if f"`{name}`" not in text]
    named = set(re.findall(r"`(Packline[A-Z]\w+)`", text))
    return problems + [f"{document} names {name}, which is no alert" for name in sorted(named - set(alert_names(folder)))]


def metrics(folder, document):
    table = re.findall(r"^\| `(packline_[a-z_]+)", pathlib.Path(document).read_text(), re.MULTILINE)
    known_names = set(table) | {f"{name}_bucket" for name in table}
    dashboard = json.loads((folder / "dashboard.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    expressions += [variable.get("definition", "") for variable in dashboard["templating"]["list"]]
    identifiers = [panel["id"] for panel in dashboard["panels"]]
    problems = [] if len(identifiers) == len(set(identifiers)) else ["two panels of the dashboard have one id"]
    for group in documents(folder / "alerts.yaml")[0]["spec"]["groups"]:
        expressions += [rule["expr"] for rule in group["rules"]]
    used = {name for text in expressions for name in METRIC.findall(text)}
    problems += [f"{name} is used, and {document} has no such metric" for name in sorted(used - known_names)]
    shown = {name.removesuffix("_bucket") for name in used}
    problems += [f"{name} is neither in the dashboard nor in an alert" for name in table if name not in shown]
    return problems if table else [f"{document} has no table of metrics"]


def compose(binary, *overlays):
    files = [argument for file in ("compose.yaml", *overlays) for argument in ("--file", file)]
    text = subprocess.run([binary, *files, "--env-file", "/dev/null", "--profile", "*", "config", "--format", "json"],
                          cwd=ROOT, capture_output=True, text=True, check=True).stdout
    problems = []
    services = json.loads(text)["services"]
    # SeaweedFS's own servers ask nobody who they are.
    if "-ip.bind=127.0.0.1" not in services["s3"]["command"]:
        problems.append("s3's master, filer and volumes listen on its networks: bind them to 127.0.0.1")
    near = {name for name, service in services.items()
            if set(service.get("networks") or {}) & set(services["s3"]["networks"])} - {"s3"}
    # The bucket, with all that is asked for it.
    needs = {name for name, service in services.items()
             if service.get("environment", {}).get("PACKLINE_BUCKET_URL", "").startswith("s3:")}
    if near != needs or needs != ({"sync", "serve"} if overlays else {"sync"}):
        problems.append(f"s3 shares a network with {', '.join(sorted(near))}, and is the bucket of {', '.join(sorted(needs))}")
    for name in sorted(needs):
        if not {"s3-access-key", "s3-secret-key"} <= {secret["source"] for secret in services[name]["secrets"]}:
            problems.append(f"{name} has the bucket and not its keys")
    for name, service in services.items():
        if not service.get("read_only") or service.get("cap_drop") != ["ALL"]:
            problems.append(f"{name} can write to its root or keeps capabilities")
        if "no-new-privileges:true" not in service.get("security_opt", []):
            problems.append(f"{name} may gain privileges")
        problems += [f"{name} opens a port on {port.get('host_ip')}" for port in service.get("ports", [])
                     if port.get("host_ip") != "127.0.0.1"]
        for variable in service.get("environment", {}):
            if re.search("PASSWORD|SECRET|TOKEN", variable) and not variable.endswith("_FILE"):
                problems.append(f"{name} has {variable} in its environment: use {variable}_FILE")
        for dependency in service.get("depends_on", {}).values():
            if dependency["condition"] == "service_started":
                problems.append(f"{name} depends on a service that is merely started")
    return problems


def settings(folder):
    variable = re.compile(r"\b(?:PACKLINE_(?!IMAGE|TAG|PORT)[A-Z0-9_]*[A-Z0-9]|AWS_[A-Z_]*[A-Z])\b")
    documented = {name for page in ("reference.md", "operations.md")
                  for name in variable.findall((folder / page).read_text())}
    files = [ROOT / "compose.yaml", ROOT / ".env.example", *(ROOT / "deploy").rglob("*.yaml"), *(ROOT / "deploy").rglob("*.env")]
    return [f"{file.relative_to(ROOT)} names {name}, which is not documented" for file in files
            for name in sorted(set(variable.findall(re.sub("#.*", "", file.read_text()))))
            if name not in documented and name.removesuffix("_FILE") not in documented]


def routes(ingress, route):
    """What is told to ingress controllers and gateways, against what the routers of Sources/Site say."""
    rule = documents(ingress)[0]["spec"]["rules"][0]["http"]
    routed = {(path["path"], path["pathType"] == "Prefix") for path in rule["paths"]}
    matches = documents(route)[0]["spec"]["rules"][0]["matches"]
    same = {(match["path"]["value"], match["path"]["type"] == "PathPrefix") for match in matches}
    problems = [f"only one of {ingress} and {route} has {path}" for path, _ in sorted(routed ^ same)]
    inside = {"/metrics", "/readyz"}
    answered = set()
    for file in (ROOT / "Sources/Site").rglob("*.swift"):
        answered |= {"/" + path.lstrip("/") for path in re.findall(r'router\.(?:get|post)\("([^"]*)"\)', file.read_text())}
    covered = set()
    for path in answered:
        found = {name for name, is_prefix in routed
                 if path == name or is_prefix and path.startswith(f"{name}/")}
        covered |= found
        if bool(found) == (path in inside):
            problems.append(f"{path} is {'routed, and is for the inside' if found else 'answered and not routed'}")
    if len(answered) < 20:
        problems.append(f"only {len(answered)} routes were found in Sources/Site")
    # Stylesheets and scripts have a prefix of their own there.
    return problems + [f"{name} is routed and not answered" for name, _ in sorted(routed) if name not in covered | {"/assets"}]


def memory(document, results):
    """What the documentation says of memory, against the manifests and against what was measured."""
    text = pathlib.Path(document).read_text()
    base = {container["resources"]["limits"]["memory"] for file in (ROOT / "deploy/kubernetes/base").glob("*.yaml")
            for part in documents(file) for container in (pod_of(part) or {"containers": []})["containers"]}
    compose_limit = re.search(r"mem_limit: (\d+)m", (ROOT / "compose.yaml").read_text())[1]
    said = f"{base.pop().removesuffix('Mi')} Mi in Kubernetes and {compose_limit} MB in Compose" if len(base) == 1 else ""
    problems = [] if said and said in " ".join(text.split()) else [f"{document} does not say: limits are {said or base}"]
    measured = pathlib.Path(results).read_text()
    sentence = re.search(r"\*\*Memory\*\*:(.*?)\(\[RESULTS", text, re.DOTALL)[1]
    figures = re.findall(r"(?:at|to) (\d+)(?= to| MB)", sentence)
    problems += [f"{results} has no peak of {figure} MB" for figure in figures
                 if not re.search(rf"peaks? (?:at )?{figure} MB|\| {figure} \|", measured)]
    return problems if len(figures) >= 4 else problems + [f"{document} says too little of peaks: {figures}"]


def agree(file):
    dockerfile = (ROOT / "Dockerfile").read_text()
    user = re.search(r"^USER (\d+):\d+$", dockerfile, re.MULTILINE)[1]
    port = re.search(r"^EXPOSE (\d+)$", dockerfile, re.MULTILINE)[1]
    problems = []
    for document in documents(file):
        pod = pod_of(document)
        if not pod or document["metadata"].get("labels", {}).get("app.kubernetes.io/name") != "packline":
            continue
        where = f"{document['kind']} {document['metadata']['name']}"
        if str(pod["securityContext"]["runAsUser"]) != user:
            problems.append(f"{where} runs as another user than the image's {user}")
        for container in pod["containers"]:
            if ":" not in container["image"]:
                problems.append(f"{where} names no version of its image")
            if container["command"][0].split("-")[0] not in ("packline", "serve"):
                problems.append(f"{where} does not run a stage through packline-job")
            problems += [f"{where} opens {opened['containerPort']}, the image {port}"
                         for opened in container.get("ports", []) if str(opened["containerPort"]) != port]
    if f'user: "{user}:' not in (ROOT / "compose.yaml").read_text():
        problems.append(f"compose.yaml runs the image as another user than its {user}")
    return problems


CHECKS = {"known": known, "kubernetes": kubernetes, "rules": rules, "alerts": alerts, "metrics": metrics,
          "compose": compose, "settings": settings, "routes": routes, "memory": memory, "agree": agree}

if __name__ == "__main__":
    what, *names = sys.argv[1:]
    found = CHECKS[what](*(pathlib.Path(name) for name in names))
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)
