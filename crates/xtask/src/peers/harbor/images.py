"""skopeo logs in, pushes, pulls and deletes with robot accounts, whose names have `$` and `+` in them."""

import os
import subprocess
import sys

import requests

URL = os.environ["HARBOR_URL"]
HOST = URL.removeprefix("https://")
API = URL + "/api/v2.0"
LAYOUT, CERTIFICATES, FOLDER = sys.argv[1:4]
AUTH = ("admin", os.environ["HARBOR_PASSWORD"])


def api(method, path, body=None, expected=(200, 201)):
    answer = requests.request(method, API + path, json=body, auth=AUTH, verify=os.environ["HARBOR_CA"], timeout=20)
    assert answer.status_code in expected, f"{method} {path}: {answer.status_code} {answer.text}"
    return answer


def robot(name, *actions):
    access = [{"resource": resource, "action": action} for resource, action in actions]
    permissions = [{"kind": "project", "namespace": "peers", "access": access}]
    wish = {"name": name, "level": "project", "duration": -1, "permissions": permissions}
    made = api("POST", "/robots", wish).json()
    assert made["name"] == f"robot$peers+{name}"
    return made["name"], made["secret"]


def skopeo(who, works, *arguments):
    """Runs skopeo logged in as somebody: the credentials come from the file that `skopeo login` writes."""
    name, secret = who
    file = os.path.join(FOLDER, f"auth-{name.replace('$', '_')}.json")
    subprocess.run(
        ["skopeo", "login", "--authfile", file, "--cert-dir", CERTIFICATES, "--username", name, "--password-stdin", HOST],
        input=secret.encode(), check=True, capture_output=True,
    )
    run = subprocess.run(["skopeo", "--insecure-policy", arguments[0], "--authfile", file, *arguments[1:]], capture_output=True)
    said = run.stderr.decode()
    assert (run.returncode == 0) == works, f"skopeo {' '.join(arguments)} as {name}: {said}"
    print(f"  skopeo {arguments[0]} as {name}: {'works' if works else 'is refused'}")
    return said


api("POST", "/projects", {"project_name": "peers"})
builder = robot("builder", ("repository", "push"), ("repository", "pull"))
puller = robot("puller", ("repository", "pull"))
cleaner = robot("cleaner", ("repository", "pull"), ("repository", "delete"), ("artifact", "delete"))

source, image = f"oci:{LAYOUT}:latest", f"docker://{HOST}/peers/team/app:v1"
to, back = ("--dest-cert-dir", CERTIFICATES), ("--src-cert-dir", CERTIFICATES)
skopeo(builder, True, "copy", *to, source, image)
skopeo(puller, True, "copy", *back, image, f"oci:{FOLDER}/pulled:latest")
skopeo(puller, False, "copy", *to, source, f"docker://{HOST}/peers/team/app:v2")
skopeo(builder, False, "copy", *to, source, f"docker://{HOST}/elsewhere/app:v1")
skopeo(puller, True, "inspect", "--cert-dir", CERTIFICATES, image)
skopeo(puller, False, "delete", "--cert-dir", CERTIFICATES, image)
artifacts = api("GET", "/projects/peers/repositories/team%252Fapp/artifacts").json()
assert [tag["name"] for tag in artifacts[0]["tags"]] == ["v1"]
skopeo(cleaner, True, "delete", "--cert-dir", CERTIFICATES, image)
assert api("GET", "/projects/peers/repositories/team%252Fapp/artifacts").json() == []

wrong = subprocess.run(
    ["skopeo", "login", "--authfile", f"{FOLDER}/wrong.json", "--cert-dir", CERTIFICATES, "--username", builder[0],
     "--password-stdin", HOST], input=b"wrong", capture_output=True,
)
assert wrong.returncode != 0 and b"invalid username/password" in wrong.stderr, wrong.stderr
quota = api("GET", f"/quotas?reference=project&reference_id={api('GET', '/projects/peers').json()['project_id']}").json()[0]
api("PUT", f"/quotas/{quota['id']}", {"hard": {"storage": 16}})
said = skopeo(builder, False, "copy", *to, source, image)
assert "will exceed the configured upper limit" in said, said
api("DELETE", "/projects/peers/repositories/team%252Fapp", expected=(200, 404))
api("DELETE", "/projects/peers")
