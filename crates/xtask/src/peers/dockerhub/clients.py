"""skopeo and docker's own command log in, push, look and pull with a personal and an organization's access token."""

import base64
import hashlib
import json
import os
import shutil
import ssl
import subprocess
import sys
import urllib.error
import urllib.request

ENDPOINTS, FOLDER, REGPROV = sys.argv[1:4]
with open(ENDPOINTS, encoding="utf-8") as file:
    TOLD = json.load(file)
HUB, CA = TOLD["dockerhub"], TOLD["ca_pem"]
HOST, OPERATOR = HUB["registry"], (HUB["operator"]["username"], HUB["operator"]["password"])
API = f"https://{HUB['host']}/v2"
TLS = ssl.create_default_context(cafile=CA)
LAYOUT, OTHER, CERTIFICATES = (os.path.join(FOLDER, name) for name in ("layout", "other", "certificates"))
SOURCE = f"oci:{LAYOUT}:latest"


def call(method, url, body=None, headers=None):
    """Asks; gives the status, the headers and the body."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20, context=TLS) as answer:
            status, told, raw = answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        status, told, raw = error.code, error.headers, error.read()
    return status, told, json.loads(raw) if raw[:1] in (b"{", b"[") else raw


def api(who, method, path, body=None, expected=(200, 201, 202, 204)):
    status, _, session = call("POST", f"{API}/auth/token", {"identifier": who[0], "secret": who[1]})
    assert status == 200, session
    headers = {"Authorization": f"Bearer {session['access_token']}"}
    status, _, answer = call(method, API + path, body, headers)
    assert status in expected, f"{method} {path}: {status} {answer}"
    return answer


def seed(scene):
    path = os.path.join(FOLDER, "scene.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"docker_hub": scene}, file)
    subprocess.run([REGPROV, f"-chdir={FOLDER}", "sandbox", "seed", path], check=True, capture_output=True, timeout=60)


def run(arguments, works, secret=None, environment=None):
    """Runs a client; gives what it said."""
    done = subprocess.run(
        arguments, input=None if secret is None else secret.encode(), capture_output=True, timeout=120,
        env={**os.environ, **(environment or {})},
    )
    said = (done.stdout + done.stderr).decode()
    assert (done.returncode == 0) == works, f"{' '.join(arguments)}: {said}"
    assert secret is None or secret not in said, f"{arguments[0]} shows the secret"
    return said


def authfile(who):
    return os.path.join(FOLDER, f"auth-{hashlib.sha256(':'.join(who).encode()).hexdigest()[:12]}.json")


def login(who, works=True):
    return run(
        ["skopeo", "login", "--authfile", authfile(who), "--cert-dir", CERTIFICATES, "--username", who[0],
         "--password-stdin", HOST], works, who[1],
    )


def skopeo(who, works, command, *arguments):
    """Runs skopeo as somebody, or as nobody: the credentials come from the file that `skopeo login` writes."""
    file = authfile(who) if who else os.path.join(FOLDER, "nobody.json")
    if not who:
        with open(file, "w", encoding="utf-8") as empty:
            empty.write('{"auths":{}}')
    said = run(["skopeo", "--insecure-policy", command, "--authfile", file, *arguments], works)
    print(f"  skopeo {command} as {who[0] if who else 'nobody'}: {'works' if works else 'is refused'}")
    return said


def push(who, works, image, source=SOURCE):
    return skopeo(who, works, "copy", "--dest-cert-dir", CERTIFICATES, source, f"docker://{HOST}/{image}")


def pull(who, works, image):
    back = os.path.join(FOLDER, "pulled")
    shutil.rmtree(back, ignore_errors=True)
    return skopeo(
        who, works, "copy", "--retry-times", "0", "--src-cert-dir", CERTIFICATES, f"docker://{HOST}/{image}", f"oci:{back}:latest",
    )


def inspect(who, works, image):
    return skopeo(who, works, "inspect", "--cert-dir", CERTIFICATES, f"docker://{HOST}/{image}")


def another_image():
    """The layout with another configuration, so that its digest is another."""
    shutil.copytree(LAYOUT, OTHER, dirs_exist_ok=True)
    with open(os.path.join(OTHER, "index.json"), encoding="utf-8") as file:
        index = json.load(file)
    blob = lambda digest: os.path.join(OTHER, "blobs", *digest.split(":"))
    with open(blob(index["manifests"][0]["digest"]), encoding="utf-8") as file:
        manifest = json.load(file)
    manifest["annotations"] = {"org.opencontainers.image.version": "2"}
    text = json.dumps(manifest).encode()
    digest = "sha256:" + hashlib.sha256(text).hexdigest()
    with open(blob(digest), "wb") as file:
        file.write(text)
    index["manifests"][0].update(digest=digest, size=len(text))
    with open(os.path.join(OTHER, "index.json"), "w", encoding="utf-8") as file:
        json.dump(index, file)
    return f"oci:{OTHER}:latest"


def token(who, scope):
    """A token of the registry, and what it grants."""
    headers = {}
    if who:
        headers["Authorization"] = "Basic " + base64.b64encode(":".join(who).encode()).decode()
    status, _, answer = call("GET", f"https://{HOST}/token?service=registry.docker.io&scope={scope}", headers=headers)
    if status != 200:
        return status, answer
    claims = answer["token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    return answer["token"], [(entry["name"], sorted(entry["actions"])) for entry in claims["access"]]


os.makedirs(CERTIFICATES, exist_ok=True)
shutil.copy(CA, os.path.join(CERTIFICATES, "ca.crt"))
seed({"organizations": [{"name": "peers-org", "plan": "team"}, {"name": "free-org", "plan": "free"}],
      "users": [{"username": "alice", "password": "alice-password-1"},
                {"username": "bob", "password": "bob-password-1", "two_factor_code": "123456"},
                {"username": "carol", "password": "carol-password-1", "plan": "personal"}]})
alice, carol = ("alice", "alice-password-1"), ("carol", "carol-password-1")

print("\nA personal token, and what it may do")
made = api(OPERATOR, "POST", "/access-tokens", {"token_label": "builder", "scopes": ["repo:write"]})
builder, builder_id = ("operator", made["token"]), made["uuid"]
reader = ("operator", api(OPERATOR, "POST", "/access-tokens", {"token_label": "reader", "scopes": ["repo:read"]})["token"])
for who in (builder, reader):
    login(who)
push(builder, True, "operator/app:v1")
made_by_push = api(OPERATOR, "GET", "/namespaces/operator/repositories/app")
assert made_by_push["name"] == "app", made_by_push
assert json.loads(inspect(reader, True, "operator/app:v1"))["RepoTags"] == ["v1"]
pull(reader, True, "operator/app:v1")
push(reader, False, "operator/app:v2")
push(builder, False, "alice/app:v1")
assert api(OPERATOR, "GET", f"/access-tokens/{builder_id}")["last_used"], "a login with a token is noted"

print("\nThe token of an organization, which logs in with its name")
api(OPERATOR, "POST", "/namespaces/peers-org/repositories",
    {"name": "app", "namespace": "peers-org", "description": "", "full_description": "", "registry": "docker.io", "is_private": True})
wish = lambda path, *scopes: {"label": "ci", "description": "", "resources": [{"type": "TYPE_REPO", "path": path, "scopes": list(scopes)}]}
organization = ("peers-org", api(OPERATOR, "POST", "/orgs/peers-org/access-tokens", wish("peers-org/*", "scope-image-pull", "scope-image-push"))["token"])
made = api(OPERATOR, "POST", "/orgs/peers-org/access-tokens", wish("peers-org/app", "scope-image-pull"))
nodes, nodes_id = ("peers-org", made["token"]), made["id"]
api(OPERATOR, "POST", "/orgs/free-org/access-tokens", wish("free-org/*", "scope-image-pull"), expected=(403,))
api(OPERATOR, "POST", "/orgs/peers-org/access-tokens", wish("peers-org/nothing", "scope-image-pull"), expected=(400, 404))
login(organization)
push(organization, True, "peers-org/app:v1")
push(organization, True, "peers-org/fresh:v1")
push(organization, False, "operator/app:v3")
inspect(organization, True, "peers-org/app:v1")
login(nodes)
pull(nodes, True, "peers-org/app:v1")
push(nodes, False, "peers-org/app:v2")

print("\nPrivate, public, and what the token service grants")
login(alice)
inspect(alice, False, "peers-org/app:v1")
inspect(None, False, "peers-org/app:v1")
inspect(None, True, "operator/app:v1")
inspect(None, False, "operator/nothing:v1")
given, access = token(alice, "repository:peers-org/app:pull,push")
assert isinstance(given, str) and access == [], access
given, access = token(reader, "repository:operator/app:pull,push")
assert access == [("operator/app", ["pull"])], access
assert token(("operator", "wrong"), "repository:operator/app:pull") == (401, {"details": "incorrect username or password"})

print("\nTags that stay")
api(OPERATOR, "PATCH", "/namespaces/operator/repositories/app/immutabletags",
    {"immutable_tags": True, "immutable_tags_rules": ["v.*"]})
other = another_image()
said = push(builder, False, "operator/app:v1", other)
assert "immutable" in said, said
push(builder, True, "operator/app:nightly", other)
push(builder, True, "operator/app:nightly")

print("\nThe pull limit")
seed({"pull_limit": 2})
login(carol)
headers = {"Authorization": f"Bearer {token(carol, 'repository:operator/app:pull')[0]}",
           "Accept": "application/vnd.oci.image.manifest.v1+json"}
_, told, _ = call("HEAD", f"https://{HOST}/v2/operator/app/manifests/v1", headers=headers)
assert told["ratelimit-limit"] == "2;w=21600" and told["ratelimit-remaining"] == "2;w=21600", told.items()
assert told["docker-ratelimit-source"], told.items()
for left in ("1", "0"):
    _, told, _ = call("GET", f"https://{HOST}/v2/operator/app/manifests/v1", headers=headers)
    assert told["ratelimit-remaining"] == f"{left};w=21600", told.items()
status, _, answer = call("GET", f"https://{HOST}/v2/operator/app/manifests/v1", headers=headers)
assert status == 429 and answer["errors"][0]["code"] == "TOOMANYREQUESTS", answer

print("\nDocker's own command")
if shutil.which("docker"):
    # No engine is asked: what the command keeps it keeps by itself.
    def docker(who, works=True):
        home = os.path.join(FOLDER, f"docker-{who[0]}")
        environment = {"DOCKER_CONFIG": home, "DOCKER_HOST": "tcp://127.0.0.1:1", "SSL_CERT_FILE": CA}
        said = run(["docker", "login", "--username", who[0], "--password-stdin", HOST], works, who[1], environment)
        print(f"  docker login as {who[0]}: {'works' if works else 'is refused'}")
        if works:
            with open(os.path.join(home, "config.json"), encoding="utf-8") as file:
                kept = json.load(file)["auths"][HOST]["auth"]
            assert base64.b64decode(kept).decode() == ":".join(who)
        return said

    assert "Login Succeeded" in docker(builder)
    assert "Login Succeeded" in docker(organization)
    said = docker(("operator", "wrong-password"), works=False)
    assert "incorrect username or password" in said, said
else:
    print("  SKIPPED: docker is not installed")

print("\nWho is refused")
assert "invalid username/password" in login(("operator", "wrong"), works=False)
login(("bob", "bob-password-1"), works=False)
api(OPERATOR, "DELETE", f"/access-tokens/{builder_id}")
login(builder, works=False)
push(builder, False, "operator/app:late")
api(OPERATOR, "DELETE", f"/orgs/peers-org/access-tokens/{nodes_id}")
pull(nodes, False, "peers-org/app:v1")
