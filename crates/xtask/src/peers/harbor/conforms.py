"""Drives the operations of Harbor's own specification with generated inputs, and judges every answer by it.

What the real server answers beyond its specification is listed below, with the reason; everything else is a finding.
"""

import json
import os
import sys
from collections import Counter

import jsonschema
import requests
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, given, seed, settings

URL = os.environ["HARBOR_URL"]
CA = os.environ["HARBOR_CA"]
AUTH = ("admin", os.environ["HARBOR_PASSWORD"])
SPECIFICATION = sys.argv[1]
EXAMPLES = int(os.environ.get("EXAMPLES", "8"))

# Operations of areas that the resource types do not touch.
LEFT_OUT = (
    "/ldap/", "/system/oidc/", "/export/", "/security/", "/jobservice/", "/schedules", "/audit-logs", "/auditlog-exts",
    "/icons/", "/preheat/policies", "/preheat/providers", "/logs", "/scan", "/additions/", "/webhook/policies/{webhook_policy_id}/executions/",
    "/internalconfig",
)
KEPT = ("/scanners", "/scans/", "/system/scanAll", "/projects/{project_name_or_id}/scanner")

# Statuses that the real server's framework gives to every operation, which its specification does not repeat.
FRAMEWORK = {
    400: "a body or a parameter that cannot be parsed",
    401: "no credentials",
    403: "no rights, or read-only mode",
    404: "no route for an empty path parameter, or a project that does not exist",
    405: "no such method at the path that an empty parameter leaves",
    422: "a body or a parameter that is not valid",
}

# Statuses that the real server's code gives beyond its specification.
BEYOND = {
    ("POST", "/retentions"): {409: "two rules that are the same"},
    ("PUT", "/retentions/{id}"): {409: "two rules that are the same"},
    ("POST", "/projects/{project_name_or_id}/immutabletagrules"): {409: "a rule that exists"},
    ("PUT", "/projects/{project_name_or_id}/immutabletagrules/{immutable_rule_id}"): {409: "a rule that exists"},
    ("POST", "/projects/{project_name_or_id}/webhook/policies"): {409: "a name that is taken"},
    ("PUT", "/projects/{project_name_or_id}/webhook/policies/{webhook_policy_id}"): {409: "a name that is taken"},
    ("POST", "/robots"): {409: "a name that is taken"},
    ("POST", "/scanners"): {409: "a name that is taken"},
    ("PUT", "/scanners/{registration_id}"): {409: "a name that is taken"},
    ("PUT", "/users/{user_id}"): {409: "an e-mail address that is taken"},
    ("POST", "/replication/executions"): {412: "a policy that is disabled"},
    ("POST", "/usergroups"): {},
    ("PUT", "/users/{user_id}/cli_secret"): {412: "not with this way to log in"},
}

# Answers of 500 that the real server gives where it does not look.
UNFORESEEN = {
    ("GET", "/retentions/{id}"), ("PUT", "/retentions/{id}"), ("POST", "/retentions"),
    ("POST", "/system/gc/schedule"), ("PUT", "/system/gc/schedule"),
    ("POST", "/system/scanAll/schedule"), ("PUT", "/system/scanAll/schedule"),
    ("POST", "/replication/policies"), ("PUT", "/replication/policies/{id}"),
    ("POST", "/registries"), ("PUT", "/registries/{id}"), ("POST", "/registries/ping"),
    ("POST", "/projects"), ("POST", "/projects/{project_name_or_id}/members"),
    ("POST", "/p2p/preheat/instances"), ("POST", "/p2p/preheat/instances/ping"), ("PUT", "/p2p/preheat/instances/{preheat_instance_name}"),
}

# Answers without a body where the specification has one.
BODILESS = {
    ("GET", "/system/gc/schedule"): "no schedule", ("GET", "/system/purgeaudit/schedule"): "no schedule",
    ("GET", "/system/scanAll/schedule"): "no schedule", ("POST", "/usergroups"): "a bare 400",
    ("PUT", "/usergroups/{group_id}"): "a bare 400",
}


def wanted(path):
    return path.startswith(KEPT) or not any(part in path for part in LEFT_OUT)


def load():
    with open(SPECIFICATION) as file:
        return yaml.safe_load(file)


document = load()
schema = schemathesis.openapi.from_dict(document)
session = requests.Session()
session.verify = CA
session.auth = AUTH
session.cookies.set_policy(__import__("http.cookiejar").cookiejar.DefaultCookiePolicy(allowed_domains=[]))
found, seen, statuses = [], Counter(), Counter()


def strict(node, definitions):
    """The schema as JSON Schema: `x-nullable` allows null, references are kept."""
    if isinstance(node, dict):
        node = {key: strict(value, definitions) for key, value in node.items()}
        if node.get("x-nullable") and "type" in node and isinstance(node["type"], str):
            node["type"] = [node["type"], "null"]
        return node
    if isinstance(node, list):
        return [strict(value, definitions) for value in node]
    return node


DEFINITIONS = strict(document["definitions"], None)


def judge(method, path, operation, response):
    status, key = response.status_code, (method, path)
    seen[key] += 1
    statuses[status] += 1
    responses = operation.get("responses", {})
    told = responses.get(str(status), responses.get(status))
    where = f"{method} {path} -> {status}: {response.text[:200]}"
    if status == 501 or "sandbox does not emulate" in response.text:
        return f"not emulated: {where}"
    if status >= 500 and key not in UNFORESEEN:
        return f"an error of the server: {where}"
    if told is None:
        return None if status in FRAMEWORK or status in BEYOND.get(key, {}) or status >= 500 else f"unspecified status: {where}"
    if status >= 400:
        try:
            errors = response.json()["errors"]
            assert errors and all(set(error) == {"code", "message"} for error in errors)
        except Exception:
            return None if key in BODILESS or method == "HEAD" or status == 404 and not response.text else f"not an error body: {where}"
        return None
    if "$ref" in told:
        told = document["responses"][told["$ref"].rsplit("/", 1)[-1]]
    for header in told.get("headers", {}):
        if header == "Location" and status == 201 and "location" not in response.headers and "GC" not in path and "scanAll" not in path:
            return f"no Location: {where}"
    body = told.get("schema")
    if body is None:
        return None if not response.text else f"a body that the specification does not have: {where}"
    if not response.text:
        return None if key in BODILESS else f"no body: {where}"
    if body.get("type") == "string" and "json" not in response.headers.get("content-type", ""):
        return None
    try:
        full = {**strict(body, None), "definitions": DEFINITIONS}
        jsonschema.Draft4Validator(full).validate(response.json())
    except jsonschema.ValidationError as error:
        return f"not of the schema ({error.json_path}: {error.message[:120]}): {where}"
    except json.JSONDecodeError:
        return f"not JSON: {where}"
    return None


def furnish():
    """One object of each kind, so that there is something to show."""
    def post(path, body):
        answer = session.post(URL + "/api/v2.0" + path, json=body, verify=CA, auth=AUTH)
        assert answer.status_code in (201, 409, 412), f"{path}: {answer.status_code} {answer.text}"

    anything = {"kind": "doublestar", "pattern": "**"}
    everywhere = {"repository": [{**anything, "decoration": "repoMatches"}]}
    tags = [{**anything, "decoration": "matches"}]
    daily = {"type": "Daily", "cron": "0 0 0 * * *"}
    access = [{"resource": "repository", "action": "push"}]
    post("/users", {"username": "eve", "email": "eve@example.org", "realname": "Eve", "password": "Secret12345"})
    post("/usergroups", {"group_name": "g", "group_type": 3})
    post("/projects/1/members", {"role_id": 2, "member_user": {"username": "eve"}})
    post("/robots", {"name": "r", "level": "project", "duration": -1,
                     "permissions": [{"kind": "project", "namespace": "library", "access": access}]})
    post("/registries", {"name": "m", "type": "harbor", "url": "https://m.example.org"})
    post("/replication/policies", {"name": "p", "dest_registry": {"id": 1}, "enabled": True,
                                   "filters": [{"type": "name", "value": "library/**"}], "trigger": {"type": "manual"}})
    post("/replication/executions", {"policy_id": 1})
    session.post(URL + "/api/v2.0/retentions", verify=CA, auth=AUTH, json={
        "algorithm": "or", "scope": {"level": "project", "ref": 1}, "trigger": {"kind": "Schedule", "settings": {"cron": ""}},
        "rules": [{"action": "retain", "template": "always", "params": {}, "tag_selectors": tags, "scope_selectors": everywhere}]})
    post("/retentions/1/executions", {"dry_run": True})
    post("/projects/1/immutabletagrules", {"action": "immutable", "template": "immutable_template",
                                           "tag_selectors": tags, "scope_selectors": everywhere})
    post("/labels", {"name": "l", "scope": "g"})
    post("/projects/1/webhook/policies", {"name": "w", "enabled": True, "event_types": ["PUSH_ARTIFACT"],
                                          "targets": [{"type": "http", "address": "https://w.example.org"}]})
    post("/p2p/preheat/instances", {"name": "d", "vendor": "dragonfly", "endpoint": "https://d.example.org", "auth_mode": "NONE"})
    post("/scanners", {"name": "s", "url": "https://s.example.org"})
    post("/system/gc/schedule", {"schedule": daily, "parameters": {"workers": 1}})
    post("/system/gc/schedule", {"schedule": {"type": "Manual"}, "parameters": {"workers": 1}})
    post("/system/purgeaudit/schedule", {"schedule": daily, "parameters": {"audit_retention_hour": 1, "include_event_types": "push"}})
    post("/system/scanAll/schedule", {"schedule": daily})


def drive(operation):
    method, path = operation.method.upper(), operation.path
    raw = document["paths"][path][operation.method.lower()]

    @seed(7)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def one(case):
        # Known names let generated requests get past the first look-up.
        for name, value in (case.path_parameters or {}).items():
            if name in ("project_name_or_id", "project_name"):
                case.path_parameters[name] = "library"
            elif name == "user_id":
                case.path_parameters[name] = 2  # Not the administrator whose credentials these are.
            elif isinstance(value, int) and value % 2:
                case.path_parameters[name] = 1
            elif name == "preheat_instance_name" and len(value) % 2:
                case.path_parameters[name] = "d"
        try:
            response = case.call(base_url=URL + "/api/v2.0", session=session, timeout=20, verify=CA, auth=AUTH)
        except requests.exceptions.InvalidHeader:
            return
        problem = judge(method, path, raw, response)
        if problem and problem.split(":")[0] + method + path not in {p.split(":")[0] + method + path for p in found}:
            found.append(problem)

    one()


furnish()
# What deletes goes last, so that there is something to look at before.
operations = [result.ok() for result in schema.get_all_operations()]
operations = [one for one in operations if wanted(one.path)]
rank = {"post": 0, "get": 1, "head": 1, "put": 2, "patch": 2, "delete": 3}
for operation in sorted(operations, key=lambda one: rank[one.method.lower()]):
    if operation.path == "/configurations" and operation.method.lower() == "put":
        continue  # A generated setting would lock everybody out; the calls above change it.
    drive(operation)

print(f"{len(seen)} operations, {sum(seen.values())} requests, {len(found)} findings; answers by status: {dict(sorted(statuses.items()))}")
for line in found:
    print("  " + line.replace("\n", " "))
sys.exit(1 if found or len(seen) < 100 else 0)
