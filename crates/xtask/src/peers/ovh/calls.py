"""Every call of the registry, user and storage types, by OVHcloud's own Python client, against the sandbox."""

import json
import os
import sys
import time

import ovh
import requests

ENDPOINTS = json.load(open(sys.argv[1]))
# It counts before what a session says.
os.environ["REQUESTS_CA_BUNDLE"] = ENDPOINTS["ca_pem"]
OVH = ENDPOINTS["ovh"]
OPERATOR = OVH["operator"]
NAME = "sandbox"
ovh.client.ENDPOINTS[NAME] = OVH["endpoint"]

calls = 0


def counting(client):
    """The client, whose calls are counted."""
    real = client.raw_call

    def counted(*arguments, **named):
        global calls
        calls += 1
        return real(*arguments, **named)

    client.raw_call = counted
    return client


def keys(**other):
    given = {name: OPERATOR[name] for name in ("application_key", "application_secret", "consumer_key")}
    given.update(other)
    return counting(ovh.Client(endpoint=NAME, **given))


def refused(kind, call):
    try:
        call()
    except kind as error:
        return str(error)
    raise AssertionError(f"not refused as {kind.__name__}")


def wait(read, done):
    for _ in range(200):
        value = read()
        if done(value):
            return value
        time.sleep(0.05)
    raise AssertionError("it does not settle")


def gone(client, path):
    for _ in range(200):
        try:
            client.get(path)
        except ovh.exceptions.ResourceNotFoundError:
            return
        time.sleep(0.05)
    raise AssertionError(f"{path} does not go")


def credentials():
    client = keys()
    assert abs(client.time_delta) < 60
    assert client.get("/auth/details")["method"] == "credential"
    assert client.get("/me")["nichandle"]
    assert client.get("/auth/currentCredential")["status"] == "validated"
    refused(ovh.exceptions.InvalidKey, lambda: keys(application_key="nobody").get("/me"))
    refused(ovh.exceptions.BadParametersError, lambda: keys(application_secret="wrong").get("/me"))
    refused(ovh.exceptions.NotCredential, lambda: keys(consumer_key="nobody").get("/me"))
    asking = keys(consumer_key=None)
    rules = asking.new_consumer_key_request()
    rules.add_recursive_rules(["GET"], "/cloud")
    answer = rules.request()
    refused(ovh.exceptions.InvalidCredential, lambda: asking.get("/cloud/project"))
    requests.get(answer["validationUrl"], timeout=10).raise_for_status()
    assert OPERATOR["service_name"] in asking.get("/cloud/project")
    said = refused(ovh.exceptions.NotGrantedCall, lambda: asking.get("/me"))
    assert "This call has not been granted" in said, said
    asking.get("/cloud/project")
    print("credentials: signatures, a new consumer key, its rules")


def service_account():
    form = {
        "grant_type": "client_credentials",
        "client_id": OPERATOR["client_id"],
        "client_secret": OPERATOR["client_secret"],
        "scope": "all",
    }
    granted = requests.post(OVH["token_url"], data=form, timeout=10).json()
    bearer = {"Authorization": f"Bearer {granted['access_token']}"}
    details = requests.get(OVH["endpoint"] + "/auth/details", headers=bearer, timeout=10).json()
    assert details["method"] == "oauth2", details
    print("service account: a token that works")


def registry(client, project):
    catalog = client.get(f"{project}/capabilities/containerRegistry")
    region = next(one for one in catalog if one["regionName"] == "GRA")
    plans = {plan["name"]: plan["id"] for plan in region["plans"]}
    base = f"{project}/containerRegistry"
    made = client.post(base, name="peers", region="GRA", planID=plans["SMALL"])
    assert made["status"] == "INSTALLING" and made["url"] == "", made
    one = f"{base}/{made['id']}"
    ready = wait(lambda: client.get(one), lambda value: value["status"] == "READY")
    assert [value["id"] for value in client.get(base)] == [made["id"]]
    client.put(one, name="renamed")
    assert client.get(one)["name"] == "renamed"
    assert {plan["name"] for plan in client.get(f"{one}/capabilities/plan")} == {"MEDIUM", "LARGE"}
    client.put(f"{one}/plan", planID=plans["MEDIUM"])
    wait(lambda: client.get(f"{one}/plan"), lambda value: value["name"] == "MEDIUM")
    wait(lambda: client.get(one), lambda value: value["status"] == "READY")
    refused(ovh.exceptions.BadParametersError, lambda: client.put(f"{one}/plan", planID=plans["SMALL"]))
    refused(ovh.exceptions.BadParametersError, lambda: client.post(base, name="x", region="NOWHERE"))

    user = client.post(f"{one}/users", login="peers-admin", email="peers@example.org")
    login = requests.get(
        ready["url"] + "/api/v2.0/users/current",
        auth=(user["user"], user["password"]),
        timeout=10,
    )
    assert login.json()["sysadmin_flag"] is True, login.text
    assert client.get(f"{one}/users")[0]["password"] == ""
    assert client.get(f"{one}/users/{user['id']}")["email"] == "peers@example.org"
    refused(
        ovh.exceptions.ResourceConflictError,
        lambda: client.post(f"{one}/users", login="peers-admin", email="other@example.org"),
    )
    refused(ovh.exceptions.ResourceConflictError, lambda: client.post(f"{one}/iam", deleteUsers=False))
    client.delete(f"{one}/users/{user['id']}")

    client.post(f"{one}/iam", deleteUsers=True)
    wait(lambda: client.get(one), lambda value: value["iamEnabled"])
    client.delete(f"{one}/iam")
    wait(lambda: client.get(one), lambda value: not value["iamEnabled"])

    provider = {
        "name": "id",
        "endpoint": "https://id.example.org",
        "clientId": "harbor",
        "clientSecret": "hush",
        "scope": "openid",
    }
    client.post(f"{one}/openIdConnect", deleteUsers=False, provider=provider)
    oidc = wait(lambda: client.get(f"{one}/openIdConnect"), lambda value: value["status"] == "READY")
    assert "clientSecret" not in oidc and oidc["verifyCert"] is True, oidc
    client.put(f"{one}/openIdConnect", adminGroup="admins")
    assert client.get(f"{one}/openIdConnect")["adminGroup"] == "admins"
    wait(lambda: client.get(f"{one}/openIdConnect"), lambda value: value["status"] == "READY")
    client.delete(f"{one}/openIdConnect")
    gone(client, f"{one}/openIdConnect")

    for kind in ("management", "registry"):
        path = f"{one}/ipRestrictions/{kind}"
        blocks = [{"ipBlock": "192.0.2.0/24", "description": "office"}]
        client.call("PUT", path, blocks, True)
        assert client.get(path)[0]["ipBlock"] == "192.0.2.0/24"
        client.call("PUT", path, [], True)
        assert client.get(path) == []

    client.delete(one)
    gone(client, one)
    print("registry: order, rename, plan, users, IAM, OIDC, restrictions, delete")


def users_and_buckets(client, project):
    roles = {role["name"]: role["id"] for role in client.get(f"{project}/role")["roles"]}
    made = client.post(f"{project}/user", description="peers", role="objectstore_operator")
    one = f"{project}/user/{made['id']}"
    assert made["password"]
    user = wait(lambda: client.get(one), lambda value: value["status"] == "ok")
    assert "password" not in user
    client.put(f"{one}/role", rolesIds=[roles["compute_operator"]])
    assert client.get(one)["roles"][0]["name"] == "compute_operator"
    assert client.post(f"{one}/regeneratePassword")["password"] != made["password"]
    assert user["username"] in client.get(f"{one}/openrc", region="GRA")["content"]

    key = client.post(f"{one}/s3Credentials")
    listed = client.get(f"{one}/s3Credentials")
    assert [value["access"] for value in listed] == [key["access"]] and "secret" not in listed[0]
    path = f"{one}/s3Credentials/{key['access']}"
    assert client.post(f"{path}/secret")["secret"] == key["secret"]
    assert client.get(path)["tenantId"] == OPERATOR["service_name"]

    policy = {"Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::peers/*"]}]}
    client.post(f"{one}/policy", policy=json.dumps(policy))
    assert json.loads(client.get(f"{one}/policy")["policy"]) == policy

    region = f"{project}/region/GRA/storage"
    assert "GRA" in client.get(f"{project}/region")
    client.post(region, name="peers-bucket", ownerId=made["id"], versioning={"status": "enabled"})
    bucket = client.get(f"{region}/peers-bucket")
    assert bucket["virtualHost"] == "https://peers-bucket.s3.gra.io.cloud.ovh.net/", bucket
    refused(ovh.exceptions.ResourceConflictError, lambda: client.post(region, name="peers-bucket"))
    client.put(f"{region}/peers-bucket", tags={"team": "hub"})
    assert client.get(region)[0]["tags"] == {"team": "hub"}
    assert client.get(f"{region}/peers-bucket/object", withVersions="true") == []
    client.post(f"{region}/peers-bucket/bulkDeleteObjects", objects=[])
    client.delete(f"{region}/peers-bucket")
    gone(client, f"{region}/peers-bucket")
    client.delete(path)
    gone(client, path)
    client.delete(one)
    gone(client, one)
    print("users and buckets: roles, passwords, S3 credentials, policies, buckets, delete")


def main():
    credentials()
    service_account()
    client = keys()
    project = f"/cloud/project/{OPERATOR['service_name']}"
    assert client.get(project)["status"] == "ok"
    registry(client, project)
    users_and_buckets(client, project)
    print(f"{calls} calls")


main()
