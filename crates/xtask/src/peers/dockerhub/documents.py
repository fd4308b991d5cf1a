"""What the public provider shows its users is applied as it stands, planned again without a change, and destroyed.

Its example and every block of its documentation run in one sandbox, one after the other. What such a block takes for granted, as an
image that is there, is made before.
"""

import json
import os
import re
import ssl
import subprocess
import sys
import urllib.request

ENDPOINTS, FOLDER, REGPROV, PROVIDER, LAYOUT = sys.argv[1:6]

# What cannot be applied as it stands, and what is said to it.
REFUSED = {
    "docs/data-sources/access_token.md 1": ("has no access token", "its token is nobody's"),
    "docs/resources/hub_repository.md 2": ("Invalid", "its texts stand in single quotes, which the language does not have"),
    "docs/resources/hub_repository_team_permission.md 1": ("123456", "no team has the number that it names"),
}

# What a block takes for granted: requests to Docker Hub before it, and after it.
TEAM = ("POST", "/orgs/my-organization/groups/", {"name": "dev-team", "description": ""})
NO_TEAM = ("DELETE", "/orgs/my-organization/groups/dev-team/", None)
GRANTED = {
    "docs/data-sources/org_team.md 1": ([TEAM], [NO_TEAM]),
    "docs/data-sources/org_team_member.md 1": ([TEAM], [NO_TEAM]),
    "docs/resources/org_team_member.md 1": ([TEAM], [NO_TEAM]),
    "docs/resources/hub_repository.md 1": ([("DELETE", "/repositories/my-organization/my-repo/", None)], []),
}
# It reads the list of tokens while its token is made: the list is whole when it is applied again, as with the public provider.
SETTLES = "examples/main.tf"
# It imports a member, and its organization is one that a scene has to name.
NAMED = "docs/resources/org_member.md 2"
SCENE = {"users": [{"username": "user-name"}], "organizations": [
    {"name": "org-name", "members": {"operator": "owner", "user-name": "member"}}]}


def api(method, path, body):
    with open(ENDPOINTS, encoding="utf-8") as file:
        told = json.load(file)
    hub, trusted = told["dockerhub"], ssl.create_default_context(cafile=told["ca_pem"])

    def ask(method, path, body, headers):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **headers}
        request = urllib.request.Request(f"https://{hub['host']}/v2{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=20, context=trusted) as answer:
            return answer.read()

    login = {"identifier": hub["operator"]["username"], "secret": hub["operator"]["password"]}
    session = json.loads(ask("POST", "/auth/token", login, {}))["access_token"]
    ask(method, path, body, {"Authorization": f"Bearer {session}"})


def push(repository):
    """Pushes an image, which makes its repository."""
    with open(ENDPOINTS, encoding="utf-8") as file:
        hub = json.load(file)["dockerhub"]
    file = os.path.join(FOLDER, "auth.json")
    subprocess.run(
        ["skopeo", "login", "--authfile", file, "--tls-verify=false", "--username", hub["operator"]["username"],
         "--password-stdin", hub["registry"]], input=hub["operator"]["password"].encode(), check=True, capture_output=True,
    )
    subprocess.run(
        ["skopeo", "--insecure-policy", "copy", "--authfile", file, "--dest-tls-verify=false", f"oci:{LAYOUT}:latest",
         f"docker://{hub['registry']}/{repository}:latest"], check=True, capture_output=True,
    )


def seed(scene):
    with open(os.path.join(FOLDER, "scene.json"), "w", encoding="utf-8") as file:
        json.dump({"docker_hub": scene}, file)
    code, said = regprov("sandbox", "seed", "scene.json")
    assert code == 0, said


def regprov(*arguments):
    done = subprocess.run(
        [REGPROV, f"-chdir={FOLDER}", *arguments], capture_output=True, text=True, timeout=180, stdin=subprocess.DEVNULL,
        env={**os.environ, "NO_COLOR": "1"},
    )
    return done.returncode, done.stdout + done.stderr


def blocks():
    """The blocks of code that are configurations, by the file and their number in it."""
    example = os.path.join(PROVIDER, "examples/main.tf")
    with open(example, encoding="utf-8") as file:
        yield "examples/main.tf", file.read()
    for folder, _, names in sorted(os.walk(os.path.join(PROVIDER, "docs"))):
        for name in sorted(names):
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8") as file:
                found = re.findall(r"^```(?:hcl|terraform)\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)
            for number, text in enumerate(found, 1):
                yield f"{os.path.relpath(path, PROVIDER)} {number}", text


def judge(name, text):
    """None where all is well, else what is wrong."""
    with open(os.path.join(FOLDER, "main.tf"), "w", encoding="utf-8") as file:
        file.write(text)
    code, said = regprov("apply", "-sandbox", "-auto-approve")
    if name in REFUSED and code != 0:
        words, why = REFUSED[name]
        print(f"  {name}: refused, {why}")
        return None if words in said else f"`{words}` is not said:\n{said}"
    if code != 0:
        return f"apply ended with {code}:\n{said}"
    if name == SETTLES:
        code, said = regprov("apply", "-sandbox", "-auto-approve")
        if code != 0:
            return f"the second apply ended with {code}:\n{said}"
    again, planned = regprov("plan", "-sandbox", "-detailed-exitcode")
    gone, destroyed = regprov("destroy", "-sandbox", "-auto-approve")
    if again != 0 or gone != 0:
        return f"the second plan ended with {again}, destroy with {gone}:\n{planned}{destroyed}"
    print(f"  {name}: applied, no change, destroyed")
    return None


for repository in ("my-organization/my-repo", "example/hello-world"):
    push(repository)
wrong = []
# What needs named organizations comes last: from then on there are no others.
everything = sorted(blocks(), key=lambda block: block[0] == NAMED)
for name, text in everything:
    before, after = GRANTED.get(name, ([], []))
    if name == NAMED:
        seed(SCENE)
    for request in before:
        api(*request)
    why = judge(name, text)
    for request in after:
        api(*request)
    if why:
        wrong.append(name)
        print(f"  {name}: WRONG: {why}")
print(f"\n{len(everything)} configurations of the public provider, {len(wrong)} wrong")
sys.exit(1 if wrong else 0)
