"""Google's Python libraries sign in and make the calls that their own descriptions of the APIs have."""

import base64
import json
import sys
import time

import google.auth.exceptions
import google.auth.transport.requests
import google_auth_httplib2
import httplib2
import requests
from google.oauth2 import credentials as people
from google.oauth2 import service_account
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

ENDPOINTS = json.load(open(sys.argv[1]))
CA, BASE = ENDPOINTS["ca_pem"], ENDPOINTS["google"]["base"]
OPERATOR = ENDPOINTS["google"]["operator"]
PROJECT = "calls-project"
SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]

session = requests.Session()
session.verify = CA
# Variables of the machine must not name another authority.
session.trust_env = False
REQUEST = google.auth.transport.requests.Request(session=session)
operator = people.Credentials(
    None, refresh_token=OPERATOR["refresh_token"], client_id=OPERATOR["client_id"],
    client_secret=OPERATOR["client_secret"], token_uri=BASE + "oauth2.googleapis.com/token", scopes=None)
operator.refresh(REQUEST)


def api(name, version, credentials=operator):
    """A client for an API, made from the description that the library brings."""
    http = google_auth_httplib2.AuthorizedHttp(credentials, http=httplib2.Http(ca_certs=CA))
    options = {"api_endpoint": f"{BASE}{name}.googleapis.com/"}
    return build(name, version, http=http, client_options=options, static_discovery=True)


def refused(call, status):
    try:
        call.execute()
    except HttpError as error:
        assert error.status_code == status, error
        return error.reason
    raise AssertionError(f"{call.uri} was not refused")


usage = api("serviceusage", "v1").services()
operation = usage.enable(name=f"projects/{PROJECT}/services/run.googleapis.com", body={}).execute()
while not operation.get("done"):
    time.sleep(0.2)
    operation = api("serviceusage", "v1").operations().get(name=operation["name"]).execute()
assert operation["response"]["service"]["state"] == "ENABLED"

accounts = api("iam", "v1").projects().serviceAccounts()
made = accounts.create(name=f"projects/{PROJECT}", body={"accountId": "calls-builder", "serviceAccount": {}}).execute()
key = accounts.keys().create(name=made["name"], body={}).execute()
file = json.loads(base64.b64decode(key["privateKeyData"]))
signed = service_account.Credentials.from_service_account_info(file, scopes=SCOPES)
signed.refresh(REQUEST)
assert signed.token
print("  a key signs its account in")

who = session.get(BASE + "openidconnect.googleapis.com/v1/userinfo", headers={"Authorization": f"Bearer {signed.token}"}, timeout=20)
assert who.json()["email"] == made["email"], who.text

registry = api("artifactregistry", "v1").projects().locations().repositories()
parent = f"projects/{PROJECT}/locations/us"
operation = registry.create(parent=parent, repositoryId="images", body={"format": "DOCKER"}).execute()
operations = api("artifactregistry", "v1").projects().locations().operations()
while not operation.get("done"):
    time.sleep(0.2)
    operation = operations.get(name=operation["name"]).execute()
name = operation["response"]["name"]
reads = api("artifactregistry", "v1", signed).projects().locations().repositories()
assert "denied" in refused(reads.get(name=name), 403)
policy = registry.getIamPolicy(resource=name, options_requestedPolicyVersion=3).execute()
stale = dict(policy)
policy["bindings"] = [{"role": "roles/artifactregistry.reader", "members": [f"serviceAccount:{made['email']}"]}]
policy["version"] = 3
registry.setIamPolicy(resource=name, body={"policy": policy}).execute()
assert "concurrent policy changes" in refused(registry.setIamPolicy(resource=name, body={"policy": stale}), 409)
assert reads.get(name=name).execute()["format"] == "DOCKER"
print("  a role on a repository is enough to read it")

projects = api("cloudresourcemanager", "v1").projects()
assert projects.get(projectId=PROJECT).execute()["lifecycleState"] == "ACTIVE"
assert projects.getIamPolicy(resource=PROJECT, body={}).execute()["bindings"]
account_policy = accounts.getIamPolicy(resource=made["name"]).execute()
account_policy["bindings"] = [
    {"role": "roles/iam.serviceAccountTokenCreator", "members": [f"user:{OPERATOR['email']}"]}]
accounts.setIamPolicy(resource=made["name"], body={"policy": account_policy}).execute()
credentials = api("iamcredentials", "v1").projects().serviceAccounts()
granted = credentials.generateAccessToken(
    name=f"projects/-/serviceAccounts/{made['email']}", body={"scope": SCOPES, "lifetime": "600s"}).execute()
assert granted["accessToken"]
print("  who may act as an account gets its tokens")

accounts.keys().delete(name=key["name"]).execute()
try:
    signed.refresh(REQUEST)
    raise AssertionError("a deleted key signed in")
except google.auth.exceptions.RefreshError as error:
    assert "invalid_grant" in str(error), error
registry.delete(name=name).execute()
accounts.delete(name=made["name"]).execute()
