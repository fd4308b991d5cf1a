"""Every call of the public client `harborapi` that the resource types need, against the sandbox."""

import asyncio
import os
import ssl

from harborapi import HarborAsyncClient
from harborapi.exceptions import BadRequest, Conflict, Forbidden, NotFound, PreconditionFailed, Unauthorized
from harborapi.models import (
    Access,
    CVEAllowlist,
    CVEAllowlistItem,
    Configurations,
    ImmutableRule,
    ImmutableSelector,
    Label,
    ProjectMetadata,
    ProjectReq,
    QuotaUpdateReq,
    Registry,
    RegistryCredential,
    RegistryPing,
    RegistryUpdate,
    ReplicationFilter,
    ReplicationPolicy,
    ReplicationTrigger,
    ReplicationTriggerSettings,
    ResourceList,
    RetentionPolicy,
    Robot,
    RobotCreate,
    RobotPermission,
    ScannerRegistrationReq,
    Schedule,
    ScheduleObj,
    UserCreationReq,
    UserGroup,
    UserProfile,
    WebhookPolicy,
    WebhookTargetObject,
)

URL = os.environ["HARBOR_URL"] + "/api/v2.0"
PASSWORD = os.environ["HARBOR_PASSWORD"]
TLS = ssl.create_default_context(cafile=os.environ["HARBOR_CA"])


def client(username="admin", secret=PASSWORD):
    return HarborAsyncClient(url=URL, username=username, secret=secret, verify=TLS, retry=None)


def last(location):
    return location.rstrip("/").rsplit("/", 1)[-1]


async def refused(error, call):
    try:
        await call
    except error as refusal:
        return refusal
    raise AssertionError(f"expected {error.__name__}")


async def projects(h):
    # The client asks for the name in `Location`.
    assert last(await h.create_project(ProjectReq(project_name="calls", metadata=ProjectMetadata(public="false")))) == "calls"
    id = (await h.get_project("calls")).project_id
    await refused(Conflict, h.create_project(ProjectReq(project_name="calls")))
    await refused(BadRequest, h.create_project(ProjectReq(project_name="Not A Name")))
    assert await h.project_exists("calls") and not await h.project_exists("nothing")
    assert (await h.get_project(id)).name == "calls"
    await h.update_project(id, ProjectReq(metadata=ProjectMetadata(auto_scan="true")))
    assert (await h.get_project(id)).metadata.auto_scan == "true"
    assert [p.name for p in await h.get_projects(name="calls")] == ["calls"]
    await h.set_project_metadata(id, ProjectMetadata(prevent_vul="true"))
    await h.update_project_metadata_entry(id, "prevent_vul", {"prevent_vul": "false"})
    assert (await h.get_project_metadata_entry(id, "prevent_vul"))["prevent_vul"] == "false"
    await h.delete_project_metadata_entry(id, "prevent_vul")
    await h.get_project_metadata(id)
    quota = (await h.get_quotas(reference="project", reference_id=str(id)))[0]
    await h.update_quota(quota.id, QuotaUpdateReq(hard=ResourceList({"storage": 1 << 30})))
    assert (await h.get_quota(quota.id)).hard.root["storage"] == 1 << 30
    assert (await h.get_project_summary(id)).quota.hard.root["storage"] == 1 << 30
    assert (await h.get_project_deletable(id)).deletable
    assert (await h.get_project_scanner(id)).name == "Trivy"
    await h.get_project_scanner_candidates(id)
    return id


async def people(h, project):
    ada = UserCreationReq(username="ada", email="ada@example.org", realname="Ada", password="Secret12345")
    id = int(last(await h.create_user(ada)))
    await refused(Conflict, h.create_user(ada))
    assert (await h.get_user_by_username("ada")).user_id == id
    await h.update_user(id, UserProfile(email="ada@example.com", realname="Ada L", comment="c"))
    await h.set_user_admin(id, True)
    await h.set_user_admin(id, False)
    await h.set_user_password(id, "Changed12345")
    await refused(BadRequest, h.set_user_password(id, "short"))
    assert (await client("ada", "Changed12345").get_current_user()).username == "ada"
    await refused(Forbidden, client("ada", "Changed12345").get_users())
    await refused(Unauthorized, client("ada", "wrong").get_users())
    assert [u.username for u in await h.get_users(query="username=~ad")] == ["ada"]
    assert (await h.search_users_by_username("ad"))[0].user_id == id
    member = int(last(await h.add_project_member_user(project, "ada", 2)))
    await h.update_project_member_role(project, member, 4)
    assert (await h.get_project_member(project, member)).role_name == "maintainer"
    assert len(await h.get_project_members(project, entity_name="ada")) == 1
    group = int(last(await h.create_usergroup(UserGroup(group_name="team", group_type=3))))
    await h.update_usergroup(group, UserGroup(group_name="crew"))
    assert (await h.get_usergroup(group)).group_name == "crew"
    assert [g.group_name for g in await h.get_usergroups(group_name="cre")] == ["crew"]
    await h.search_usergroups("cre")
    other = int(last(await h.add_project_member_group(project, group, 3)))
    await h.remove_project_member(project, other)
    await h.remove_project_member(project, member)
    await refused(NotFound, h.get_project_member(project, member))
    await h.delete_usergroup(group)
    await h.delete_user(id)
    await refused(NotFound, h.get_user(id))


def permission(namespace, *actions):
    access = [Access(resource="repository", action=action) for action in actions]
    return RobotPermission(kind="project", namespace=namespace, access=access)


async def robots(h, project):
    wish = RobotCreate(name="builder", level="project", duration=-1, permissions=[permission("calls", "push", "pull")])
    made = await h.create_robot(wish)
    assert made.name == "robot$calls+builder" and made.secret
    await refused(Conflict, h.create_robot(wish))
    assert await client(made.name, made.secret).project_exists("calls")
    await h.refresh_robot_secret(made.id, "Chosen1234567890")
    await refused(Unauthorized, client(made.name, made.secret).project_exists("calls"))
    assert await client(made.name, "Chosen1234567890").project_exists("calls")
    read = await h.get_robot(made.id)
    read.permissions = [permission("calls", "pull")]
    await h.update_robot(made.id, read)
    assert [a.action for a in (await h.get_robot(made.id)).permissions[0].access] == ["pull"]
    short = Robot(name="builder", level="project", duration=-1, permissions=[permission("calls", "pull")])
    await refused(BadRequest, h.update_robot(made.id, short))
    listed = await h.get_robots(query=f"Level=project,ProjectID={project}")
    assert [robot.name for robot in listed] == ["robot$calls+builder"]
    system = RobotCreate(name="ops", level="system", duration=30, permissions=[permission("*", "pull")])
    ops = await h.create_robot(system)
    assert ops.name == "robot$ops" and [r.name for r in await h.get_robots()] == ["robot$ops"]
    await h.delete_robot(ops.id)
    await h.delete_robot(made.id)
    await refused(NotFound, h.get_robot(made.id))
    assert any(p.resource == "repository" for p in (await h.get_permissions()).project)


async def registries(h):
    wish = Registry(name="mirror", type="harbor", url="https://mirror.example.org",
                    credential=RegistryCredential(type="basic", access_key="k", access_secret="s"))
    id = int(last(await h.create_registry(wish)))
    await refused(Conflict, h.create_registry(wish))
    assert (await h.get_registry(id)).credential.access_secret == "*****"
    await h.update_registry(id, RegistryUpdate(description="d"))
    assert (await h.get_registries(name="mirr"))[0].description == "d"
    await h.check_registry_status(RegistryPing(id=id))
    await h.get_registry_info(id)
    assert "harbor" in await h.get_registry_adapters()
    await h.get_registry_providers()
    trigger = ReplicationTrigger(type="scheduled", trigger_settings=ReplicationTriggerSettings(cron="0 0 7 * * 6"))
    policy = ReplicationPolicy(name="push", dest_registry=Registry(id=id), trigger=trigger, enabled=True,
                               filters=[ReplicationFilter(type="name", value="calls/**")])
    pid = int(last(await h.create_replication_policy(policy)))
    read = await h.get_replication_policy(pid)
    assert read.src_registry.name == "Local" and read.filters[0].value == "calls/**"
    read.enabled = True
    read.description = "changed"
    await h.update_replication_policy(pid, read)
    assert (await h.get_replication_policies(name="pus"))[0].description == "changed"
    await refused(PreconditionFailed, h.delete_registry(id))
    execution = int(last(await h.start_replication(pid)))
    assert (await h.get_replication(execution)).status == "InProgress"
    await h.stop_replication(execution)
    assert (await h.get_replication(execution)).status == "Stopped"
    await h.get_replications(policy_id=pid)
    await h.get_replication_tasks(execution)
    await h.delete_replication_policy(pid)
    await h.delete_registry(id)
    await refused(NotFound, h.get_registry(id))


def retention(project):
    selector = {"kind": "doublestar", "pattern": "**"}
    return RetentionPolicy.model_validate({
        "algorithm": "or",
        "scope": {"level": "project", "ref": project},
        "trigger": {"kind": "Schedule", "settings": {"cron": "0 0 7 * * 6"}},
        "rules": [{
            "action": "retain", "template": "nDaysSinceLastPull", "params": {"nDaysSinceLastPull": 30},
            "tag_selectors": [{**selector, "decoration": "matches", "extras": '{"untagged":false}'}],
            "scope_selectors": {"repository": [{**selector, "decoration": "repoMatches"}]},
        }],
    })


async def rules(h, project):
    id = int(last(await h.create_retention_policy(retention(project))))
    assert int(await h.get_project_retention_id(project)) == id
    await refused(BadRequest, h.create_retention_policy(retention(project)))
    read = await h.get_retention_policy(id)
    assert read.rules[0].template == "nDaysSinceLastPull"
    await h.update_retention_policy(id, read)
    await h.get_retention_metadata()
    execution = int(last(await h.start_retention_execution(id, dry_run=True)))
    assert (await h.get_retention_executions(id))[0].id == execution
    await h.get_retention_tasks(id, execution)
    await h.stop_retention_execution(id, execution)
    await h.delete_retention_policy(id)
    selector = dict(kind="doublestar", pattern="**")
    rule = ImmutableRule(action="immutable", template="immutable_template",
                         tag_selectors=[ImmutableSelector(**selector, decoration="matches")],
                         scope_selectors={"repository": [ImmutableSelector(**selector, decoration="repoMatches")]})
    rid = int(last(await h.create_project_immutable_tag_rule(project, rule)))
    # The client's own switch leaves the id out of the body, which the server refuses.
    await refused(BadRequest, h.enable_project_immutable_tagrule(project, rid, False))
    rule.id, rule.disabled = rid, True
    await h.update_project_immutable_tag_rule(project, rid, rule)
    assert (await h.get_project_immutable_tag_rules(project))[0].disabled
    await h.delete_project_immutable_tag_rule(project, rid)
    label = int(last(await h.create_label(Label(name="stable", scope="g", color="#FFFFFF"))))
    await h.update_label(label, Label(name="steady", scope="g"))
    assert [one.name for one in await h.get_labels(scope="g")] == ["steady"]
    await h.get_label(label)
    await h.delete_label(label)
    hook = WebhookPolicy(name="hook", enabled=True, event_types=["PUSH_ARTIFACT"],
                         targets=[WebhookTargetObject(type="http", address="https://example.org/hook?x=1")])
    wid = int(last(await h.create_webhook_policy(project, hook)))
    read = await h.get_webhook_policy(project, wid)
    assert read.targets[0].address == "https://example.org/hook"
    await h.update_webhook_policy(project, wid, read)
    assert len(await h.get_webhook_policies(project)) == 1
    await h.get_webhook_policy_last_trigger(project)
    await h.get_webhook_supported_events(project)
    await h.delete_webhook_policy(project, wid)


def schedule(kind, cron="", **parameters):
    return Schedule(schedule=ScheduleObj(type=kind, cron=cron), parameters=parameters or None)


async def system(h):
    await h.create_gc_schedule(schedule("Daily", "0 0 0 * * *", delete_untagged=True, workers=1))
    assert (await h.get_gc_schedule()).schedule.cron == "0 0 0 * * *"
    await h.update_gc_schedule(schedule("Custom", "0 0 7 * * 0", delete_untagged=True, workers=1))
    await h.update_gc_schedule(schedule("None"))
    await h.create_gc_schedule(schedule("Manual", delete_untagged=True, workers=1))
    job = (await h.get_gc_jobs())[0]
    await h.get_gc_job(job.id)
    purge = dict(audit_retention_hour=24, include_event_types="push,pull")
    await h.create_purge_job_schedule(schedule("Daily", "0 0 0 * * *", **purge))
    assert (await h.get_purge_job_schedule()).schedule.cron == "0 0 0 * * *"
    await h.update_purge_job_schedule(schedule("None", **purge))
    await h.create_scan_all_schedule(schedule("Daily", "0 0 0 * * *"))
    assert (await h.get_scan_all_schedule()).schedule.cron == "0 0 0 * * *"
    await refused(PreconditionFailed, h.create_scan_all_schedule(schedule("Daily", "0 0 0 * * *")))
    await h.update_scan_all_schedule(schedule("None"))
    await h.get_scan_all_metrics()
    await h.update_config(Configurations(token_expiration=31))
    assert (await h.get_config()).token_expiration.value == 31
    await h.update_cve_allowlist(CVEAllowlist(items=[CVEAllowlistItem(cve_id="CVE-2026-1")]))
    assert (await h.get_cve_allowlist()).items[0].cve_id == "CVE-2026-1"
    scanner = last(await h.create_scanner(ScannerRegistrationReq(name="other", url="https://scan.example.org")))
    await h.update_scanner(scanner, ScannerRegistrationReq(name="another", url="https://scan.example.org"))
    default = next(one for one in await h.get_scanners() if one.is_default)
    await h.set_default_scanner(scanner)
    await h.set_default_scanner(default.uuid)
    await h.get_scanner(scanner)
    await h.set_project_scanner("calls", scanner)
    await h.delete_scanner(scanner)
    assert (await h.get_system_info()).harbor_version.startswith("v2.")
    await h.get_system_volume_info()
    assert (await h.health_check()).status == "healthy"
    assert await h.ping() == "Pong"
    await h.get_statistics()
    await h.search("calls")
    await h.get_current_user_permissions(scope="/system", relative=True)


async def main():
    h = client()
    project = await projects(h)
    await people(h, project)
    await robots(h, project)
    await registries(h)
    await rules(h, project)
    await system(h)
    assert await h.get_repositories("calls") == []
    await h.delete_project(project)
    await refused(NotFound, h.get_project(project))
    print("harborapi: every call passed")


asyncio.run(main())
