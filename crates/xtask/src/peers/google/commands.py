"""gcloud runs the commands of the guide against the sandbox; a key that it made pushes with skopeo."""

import base64
import json
import os
import ssl
import subprocess
import sys
import urllib.parse
import urllib.request

ENDPOINTS, FOLDER, REGPROV = json.load(open(sys.argv[1])), sys.argv[2], sys.argv[3]
CA, BASE = ENDPOINTS["ca_pem"], ENDPOINTS["google"]["base"]
OPERATOR = ENDPOINTS["google"]["operator"]
PROJECT = "peers-project"
APIS = ["artifactregistry", "cloudresourcemanager", "iam", "iamcredentials", "serviceusage"]


def token():
    """An access token of the sandbox's operator, as any client with its refresh token gets one."""
    form = {
        "grant_type": "refresh_token", "client_id": OPERATOR["client_id"],
        "client_secret": OPERATOR["client_secret"], "refresh_token": OPERATOR["refresh_token"],
    }
    context = ssl.create_default_context(cafile=CA)
    data = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(BASE + "oauth2.googleapis.com/token", data=data, context=context) as answer:
        return json.load(answer)["access_token"]


token_file = os.path.join(FOLDER, "token")
with open(token_file, "w") as file:
    file.write(token())
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if not name.startswith(("CLOUDSDK_", "GOOGLE_"))
} | {
    "CLOUDSDK_CONFIG": os.path.join(FOLDER, "gcloud"),
    "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": token_file,
    "CLOUDSDK_CORE_PROJECT": PROJECT,
    "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE": CA,
    "REQUESTS_CA_BUNDLE": CA,
    "SSL_CERT_FILE": CA,
    "HTTPLIB2_CA_CERTS": CA,
    "NO_PROXY": "localhost",
    "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
    "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "1",
    "CLOUDSDK_CORE_CHECK_GCE_METADATA": "false",
    "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1",
} | {f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api.upper()}": f"{BASE}{api}.googleapis.com/" for api in APIS}


def gcloud(*arguments, works=True, extra=None):
    """Runs gcloud; what it prints as JSON, or what it complains about."""
    command = ["gcloud", *arguments, "--format=json", "--quiet"]
    run = subprocess.run(command, capture_output=True, env=ENVIRONMENT | (extra or {}), timeout=180)
    said = run.stderr.decode()
    assert (run.returncode == 0) == works, f"{' '.join(command)}: {said}\n{run.stdout.decode()}"
    print(f"  gcloud {' '.join(arguments[:5])}: {'works' if works else 'is refused'}")
    if not works:
        return said
    text = run.stdout.decode()
    return json.loads(text) if text.strip() else None


gcloud("services", "enable", "artifactregistry.googleapis.com", "containerscanning.googleapis.com")
enabled = gcloud("services", "list", "--enabled")
assert "containerscanning.googleapis.com" in [service["config"]["name"] for service in enabled]

made = gcloud("iam", "service-accounts", "create", "peer-builder", "--display-name=Peer")
EMAIL = f"peer-builder@{PROJECT}.iam.gserviceaccount.com"
assert made is None or made["email"] == EMAIL
assert gcloud("iam", "service-accounts", "describe", EMAIL)["displayName"] == "Peer"
assert "already exists" in gcloud("iam", "service-accounts", "create", "peer-builder", works=False)
assert EMAIL in [account["email"] for account in gcloud("iam", "service-accounts", "list")]

key_file = os.path.join(FOLDER, "key.json")
gcloud("iam", "service-accounts", "keys", "create", key_file, f"--iam-account={EMAIL}")
KEY = json.load(open(key_file))
assert KEY["client_email"] == EMAIL
spare = os.path.join(FOLDER, "spare.json")
gcloud("iam", "service-accounts", "keys", "create", spare, f"--iam-account={EMAIL}")
listed = gcloud("iam", "service-accounts", "keys", "list", f"--iam-account={EMAIL}", "--managed-by=user")
assert len(listed) == 2, listed
gcloud("iam", "service-accounts", "keys", "delete", json.load(open(spare))["private_key_id"], f"--iam-account={EMAIL}")

place = ["--location=europe-west1"]
gcloud("artifacts", "repositories", "create", "peer-images", "--repository-format=docker", "--description=Peers", *place)
described = gcloud("artifacts", "repositories", "describe", "peer-images", *place)
assert (described["format"], described["description"]) == ("DOCKER", "Peers"), described
assert len(gcloud("artifacts", "repositories", "list", *place)) == 1

MEMBER = f"--member=serviceAccount:{EMAIL}"
policy = gcloud(
    "artifacts", "repositories", "add-iam-policy-binding", "peer-images", *place, MEMBER, "--role=roles/artifactregistry.writer")
assert policy["bindings"][0]["role"] == "roles/artifactregistry.writer", policy
policy = gcloud("projects", "add-iam-policy-binding", PROJECT, MEMBER, "--role=roles/browser", "--condition=None")
assert "roles/browser" in [binding["role"] for binding in policy["bindings"]], policy
policy = gcloud(
    "projects", "add-iam-policy-binding", PROJECT, MEMBER, "--role=roles/artifactregistry.reader",
    "--condition=title=until,expression=request.time < timestamp('2040-01-01T00:00:00Z')")
assert any(binding.get("condition", {}).get("title") == "until" for binding in policy["bindings"]), policy
gcloud(
    "iam", "service-accounts", "add-iam-policy-binding", EMAIL, f"--member=user:{OPERATOR['email']}",
    "--role=roles/iam.serviceAccountTokenCreator")
said = gcloud(
    "projects", "add-iam-policy-binding", PROJECT, f"--member=serviceAccount:nobody@{PROJECT}.iam.gserviceaccount.com",
    "--role=roles/browser", "--condition=None", works=False)
assert "does not exist" in said, said

gcloud("iam", "roles", "create", "peerRole", f"--project={PROJECT}", "--title=Peer",
       "--permissions=artifactregistry.repositories.get", "--stage=GA")
assert gcloud("iam", "roles", "describe", "peerRole", f"--project={PROJECT}")["title"] == "Peer"
gcloud("iam", "workload-identity-pools", "create", "peer-pool", "--location=global")
gcloud("iam", "workload-identity-pools", "providers", "create-oidc", "github", "--location=global",
       "--workload-identity-pool=peer-pool", "--issuer-uri=https://token.actions.githubusercontent.com",
       "--attribute-mapping=google.subject=assertion.sub", "--attribute-condition=assertion.repository_owner=='org'")
assert gcloud("iam", "workload-identity-pools", "describe", "peer-pool", "--location=global")["state"] == "ACTIVE"

gcloud("auth", "print-access-token", f"--impersonate-service-account={EMAIL}")


def skopeo(user, password, works, *arguments):
    """Runs skopeo with credentials."""
    side = "--dest-creds" if arguments[0] == "copy" else "--creds"
    command = ["skopeo", "--insecure-policy", arguments[0], side, f"{user}:{password}", *arguments[1:]]
    run = subprocess.run(command, capture_output=True, timeout=120)
    said = run.stderr.decode()
    assert (run.returncode == 0) == works, f"skopeo {arguments[0]} as {user}: {said}"
    print(f"  skopeo {arguments[0]} as {user}: {'works' if works else 'is refused'}")
    return said


certificates = os.path.join(FOLDER, "certificates")
os.makedirs(certificates, exist_ok=True)
with open(CA) as source, open(os.path.join(certificates, "ca.crt"), "w") as target:
    target.write(source.read())
hosts = subprocess.run([REGPROV, f"-chdir={FOLDER}", "sandbox", "hosts", "-json"], capture_output=True, check=True)
port = json.loads(hosts.stdout)["google"]["registries"]["europe-west1-docker.pkg.dev"]
image = f"docker://localhost:{port}/{PROJECT}/peer-images/team/app"
source, to = f"oci:{FOLDER}/layout:latest", ("--dest-cert-dir", certificates)
text = json.dumps(KEY)
skopeo("_json_key", text, True, "copy", *to, source, f"{image}:v1")
skopeo("_json_key_base64", base64.b64encode(text.encode()).decode(), True, "copy", *to, source, f"{image}:v2")
skopeo("oauth2accesstoken", open(token_file).read(), True, "copy", *to, source, f"{image}:v3")
skopeo("_json_key", text, True, "inspect", "--cert-dir", certificates, f"{image}:v1")
refused = skopeo("_json_key", json.dumps(json.load(open(spare))), False, "copy", *to, source, f"{image}:v4")
assert "authentication failed" in refused or "unauthorized" in refused.lower(), refused
elsewhere = f"docker://localhost:{port}/other-project/peer-images/team/app:v1"
said = skopeo("_json_key", text, False, "copy", *to, source, elsewhere)
assert "denied" in said.lower() or "403" in said, said
images = gcloud("artifacts", "docker", "images", "list", f"europe-west1-docker.pkg.dev/{PROJECT}/peer-images", "--include-tags")
assert [sorted(image["tags"]) for image in images] == [["v1", "v2", "v3"]], images

# What gcloud made with a key of its own.
own = {"CLOUDSDK_CONFIG": os.path.join(FOLDER, "gcloud-of-the-account"), "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": ""}
own_environment = {name: value for name, value in (ENVIRONMENT | own).items() if value}
activated = subprocess.run(
    ["gcloud", "auth", "activate-service-account", f"--key-file={key_file}", "--quiet"],
    capture_output=True, env=own_environment, timeout=120)
assert activated.returncode == 0, activated.stderr.decode()
print("  gcloud auth activate-service-account: works")

# What gcloud made is taken over: nothing is left to do then.
TAKEN = f"""
provider "google" {{
  project = "{PROJECT}"
  region  = "europe-west1"
}}

resource "google_project_service" "scanning" {{
  service = "containerscanning.googleapis.com"
}}

resource "google_service_account" "builder" {{
  account_id   = "peer-builder"
  display_name = "Peer"
}}

resource "google_artifact_registry_repository" "images" {{
  repository_id = "peer-images"
  location      = "europe-west1"
  format        = "DOCKER"
  description   = "Peers"
}}

resource "google_artifact_registry_repository_iam_member" "writer" {{
  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.builder.member
}}

resource "google_project_iam_member" "browser" {{
  project = "{PROJECT}"
  role    = "roles/browser"
  member  = google_service_account.builder.member
}}

resource "google_project_iam_member" "reader" {{
  project = "{PROJECT}"
  role    = "roles/artifactregistry.reader"
  member  = google_service_account.builder.member

  condition {{
    title      = "until"
    expression = "request.time < timestamp('2040-01-01T00:00:00Z')"
  }}
}}

resource "google_service_account_iam_member" "operator" {{
  service_account_id = google_service_account.builder.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = "user:{OPERATOR['email']}"
}}

resource "google_project_iam_custom_role" "peer" {{
  role_id     = "peerRole"
  title       = "Peer"
  permissions = ["artifactregistry.repositories.get"]
}}

resource "google_iam_workload_identity_pool" "peer" {{
  workload_identity_pool_id = "peer-pool"
}}

resource "google_iam_workload_identity_pool_provider" "github" {{
  workload_identity_pool_id          = google_iam_workload_identity_pool.peer.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  attribute_condition                = "assertion.repository_owner=='org'"
  attribute_mapping = {{
    "google.subject" = "assertion.sub"
  }}
  oidc {{
    issuer_uri = "https://token.actions.githubusercontent.com"
  }}
}}
"""
with open(os.path.join(FOLDER, "main.tf"), "w") as file:
    file.write(TAKEN)
ACCOUNT, POOL = f"projects/{PROJECT}/serviceAccounts/{EMAIL}", f"projects/{PROJECT}/locations/global/workloadIdentityPools/peer-pool"
REPOSITORY, WHO = f"projects/{PROJECT}/locations/europe-west1/repositories/peer-images", f"serviceAccount:{EMAIL}"
IMPORTS = {
    "google_project_service.scanning": f"{PROJECT}/containerscanning.googleapis.com",
    "google_service_account.builder": ACCOUNT,
    "google_artifact_registry_repository.images": REPOSITORY,
    "google_artifact_registry_repository_iam_member.writer": f"{REPOSITORY} roles/artifactregistry.writer {WHO}",
    "google_project_iam_member.browser": f"{PROJECT} roles/browser {WHO}",
    "google_project_iam_member.reader": f"{PROJECT} roles/artifactregistry.reader {WHO} until",
    "google_service_account_iam_member.operator":
        f"{ACCOUNT} roles/iam.serviceAccountTokenCreator user:{OPERATOR['email']}",
    "google_project_iam_custom_role.peer": f"projects/{PROJECT}/roles/peerRole",
    "google_iam_workload_identity_pool.peer": POOL,
    "google_iam_workload_identity_pool_provider.github": f"{POOL}/providers/github",
}


def regprov(*arguments, code=0):
    """Runs regprov beside the sandbox; what it says."""
    command = [REGPROV, f"-chdir={FOLDER}", *arguments]
    environment = {"PATH": os.environ["PATH"], "XDG_CONFIG_HOME": os.path.join(FOLDER, "user")}
    run = subprocess.run(command, capture_output=True, env=environment, timeout=180)
    said = run.stdout.decode() + run.stderr.decode()
    assert run.returncode == code, f"{' '.join(command)}: {run.returncode}: {said}"
    return said


for address, identity in IMPORTS.items():
    regprov("import", "-sandbox", address, identity)
    print(f"  regprov import {address}: works")
said = regprov("plan", "-sandbox", "-detailed-exitcode")
assert "No changes." in said, said
print("  regprov plan: nothing is left to do")
# A key is told once: there is nothing that could be taken over of it, as with the public provider.
with open(os.path.join(FOLDER, "main.tf"), "a") as file:
    file.write("""
resource "google_service_account_key" "pusher" {
  service_account_id = google_service_account.builder.name
}
""")
key_name = f"{ACCOUNT}/keys/{KEY['private_key_id']}"
said = regprov("import", "-sandbox", "google_service_account_key.pusher", key_name, code=1)
assert "cannot be imported" in said, said
print("  regprov import google_service_account_key.pusher: is refused")

gcloud("artifacts", "repositories", "delete", "peer-images", *place)
gone = gcloud("artifacts", "repositories", "describe", "peer-images", *place, works=False)
assert "NOT_FOUND" in gone, gone
gcloud("iam", "service-accounts", "delete", EMAIL)
