"""Single verbs against the real RBAC: what is missing is named and not sent, what is allowed is done."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from spottui.actions.action import Permission
from spottui.actions.objects import RESOURCES
from spottui.actions.registry import by_id
from spottui.clients import Query
from spottui.errors import Forbidden, SpottuiError
from spottui.records import Target
from spottui.sources.kube import KubeSource
from spottui.sources.kube_api import KubeApi
from spottui.sources.kube_objects import KINDS
from spottui.sources.kubeconfig import find_cluster
from spottui.store import Store

from .acting import Operator, bare_pod, create, pods, rolled_out, target_of, workload
from .control_plane import ControlPlane

pytestmark = pytest.mark.cluster

Json = dict[str, Any]
RBAC = "rbac.authorization.k8s.io"


@dataclass
class Counted:
    """The real client; counts what the server refused, reviews left out."""

    api: KubeApi
    writes: int = 0
    refused: list[str] = field(default_factory=list)

    async def request(self, method: str, path: str, *, query: Query = (), body: Any = None, **how: Any) -> bytes:
        is_write = method != "GET" and "selfsubject" not in path
        self.writes += is_write and not path.endswith("/events")
        try:
            return await self.api.request(method, path, query=query, body=body, **how)
        except Forbidden:
            if is_write:
                self.refused.append(f"{method} {path}")
            raise

    async def close(self) -> None:
        await self.api.close()


def rule(permission: Permission) -> Json:
    """Return the PolicyRule of a permission."""
    resource = "/".join(filter(None, (permission.resource, permission.subresource)))
    return {"apiGroups": [permission.group], "resources": [resource], "verbs": [permission.verb]}


def account(plane: ControlPlane, namespace: str, rules: Sequence[Json], *, everywhere: bool) -> str:
    """Make a service account that may do just this; return its token."""
    name = f"user-{secrets.token_hex(4)}"
    meta = {"name": name, "namespace": namespace}
    plane.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta}, namespace)
    prefix = "Cluster" if everywhere else ""
    kept = {"name": name} if everywhere else meta
    api = {"apiVersion": f"{RBAC}/v1"}
    plane.apply({**api, "kind": f"{prefix}Role", "metadata": kept, "rules": [*rules]}, namespace)
    subject = {"kind": "ServiceAccount", "name": name, "namespace": namespace}
    reference = {"apiGroup": RBAC, "kind": f"{prefix}Role", "name": name}
    bound = {**api, "kind": f"{prefix}RoleBinding", "metadata": kept, "roleRef": reference, "subjects": [subject]}
    plane.apply(bound, namespace)
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
    made = plane.admin.post(f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token", body)
    return made["status"]["token"]


@asynccontextmanager
async def logged_in(plane: ControlPlane, token: str, folder: Path, context: str = "") -> AsyncIterator[KubeApi]:
    """Give a client with this token; `context` is the namespace of its kubeconfig's context."""
    config = yaml.safe_load(plane.kubeconfig("viewer").read_text())
    config["users"][0]["user"] = {"token": token}
    if context:
        config["contexts"][0]["context"]["namespace"] = context
    path = folder / f"kubeconfig-{secrets.token_hex(4)}"
    path.write_text(json.dumps(config))
    api = KubeApi(find_cluster(flag=path, environ={}, home=folder, context=None, namespace=None))
    try:
        yield api
    finally:
        await api.close()


async def granted(api: KubeApi, rules: Sequence[Json], namespace: str) -> None:
    """Wait until RBAC has heard of all of these."""
    deadline = time.monotonic() + 15
    for each in rules:
        resource, _, sub = each["resources"][0].partition("/")
        about = {"verb": each["verbs"][0], "group": each["apiGroups"][0], "resource": resource, "subresource": sub}
        spec = {"resourceAttributes": {**about, "namespace": namespace}}
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": spec}
        while True:
            answer = await api.request(
                "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body=review, changes=False
            )
            if json.loads(answer)["status"]["allowed"]:
                break
            assert time.monotonic() < deadline, f"{about} is not granted"
            await asyncio.sleep(0.05)


# -- acts -----------------------------------------------------------------------------------------------


def a_deployment(plane: ControlPlane, namespace: str) -> Target:
    target = create(plane, namespace, workload("Deployment", "cam"))
    rolled_out(plane, target, 1)
    return target


def a_pod(plane: ControlPlane, namespace: str) -> Target:
    return create(plane, namespace, bare_pod("lone"))


def a_cron_job(plane: ControlPlane, namespace: str) -> Target:
    template = {"spec": {"template": {"spec": {**bare_pod("x")["spec"], "restartPolicy": "Never"}}}}
    spec = {"schedule": "0 0 1 1 *", "jobTemplate": template}
    return create(
        plane, namespace, {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "n"}, "spec": spec}
    )


def an_owned_pod(plane: ControlPlane, namespace: str) -> Target:
    a_deployment(plane, namespace)
    return target_of(pods(plane, namespace, "cam")[0], "Pod")


def the_node(plane: ControlPlane, namespace: str) -> Target:
    found = plane.admin.get("/api/v1/nodes/node-0")
    plane.admin.patch("/api/v1/nodes/node-0", {"spec": {"unschedulable": None}})
    return target_of({**found, "metadata": {**found["metadata"], "namespace": ""}}, "Node")


ACTS: dict[str, tuple[Callable[[ControlPlane, str], Target], Json]] = {
    "workload.restart": (a_deployment, {}),
    "workload.scale": (a_deployment, {"replicas": 2}),
    "workload.delete": (a_deployment, {}),
    "pod.delete": (a_pod, {}),
    "pod.evict": (an_owned_pod, {}),
    "cronjob.trigger": (a_cron_job, {}),
    "cronjob.suspend": (a_cron_job, {}),
    "node.cordon": (the_node, {}),
}
READS = {"workload.scale": ("deployments/scale",), "cronjob.trigger": ("jobs",)}
"""What an act reads beside its target."""


@pytest.mark.parametrize("action", ACTS)
async def test_an_act_is_done_with_its_rights_and_without_any_of_them_is_not_sent(
    control_plane: ControlPlane, namespace: str, action: str, tmp_path: Path
) -> None:
    make, options = ACTS[action]
    target = make(control_plane, namespace)
    group, _, plural = RESOURCES[target.kind]
    known = by_id(action)
    needed = [known.permission(target), *known.also]
    reads = [rule(Permission("get", group, plural))]
    reads += [{**reads[0], "resources": [more]} for more in READS.get(action, ())]
    everywhere = target.kind == "Node"
    for missing in needed:
        rules = [*reads, *(rule(each) for each in needed if each != missing)]
        rules = [each for each in rules if each != rule(missing)]
        async with logged_in(
            control_plane, account(control_plane, namespace, rules, everywhere=everywhere), tmp_path
        ) as api:
            await granted(api, rules, target.namespace)
            counted = Counted(api)
            operator = Operator(counted, tmp_path / f"without-{missing.verb}")  # type: ignore[arg-type]
            with pytest.raises(SpottuiError) as refused:
                await operator.perform(action, target, **options)
            operator.audit.close()
            assert (counted.writes, counted.refused) == (0, [])
            assert missing.verb in str(refused.value) and missing.resource in str(refused.value)
            assert target.namespace in str(refused.value)
    rules = [*reads, *(rule(each) for each in needed)]
    async with logged_in(
        control_plane, account(control_plane, namespace, rules, everywhere=everywhere), tmp_path
    ) as api:
        await granted(api, rules, target.namespace)
        counted = Counted(api)
        operator = Operator(counted, tmp_path / "with")  # type: ignore[arg-type]
        await operator.perform(action, target, **options)
        operator.audit.close()
        assert counted.refused == [] and operator.outcome == "done"
    if everywhere:
        control_plane.admin.patch("/api/v1/nodes/node-0", {"spec": {"unschedulable": None}})


# -- reading --------------------------------------------------------------------------------------------


@asynccontextmanager
async def read_with(api: KubeApi, *kinds: str) -> AsyncIterator[Store]:
    """Read kinds as the program does, into a store."""
    store = Store()
    source = KubeSource(api, kinds=[KINDS[kind] for kind in kinds])

    async def listen() -> None:
        async for event in source.events():
            store.apply(event)

    task = asyncio.create_task(listen())
    try:
        yield store
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def comes(holds: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        await asyncio.sleep(0.05)


def reading(*verbs: str) -> list[Json]:
    return [{"apiGroups": [""], "resources": ["pods"], "verbs": [verb]} for verb in verbs]


async def test_a_token_of_one_namespace_sees_that_and_is_told_that_it_is_one_only(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    a_pod(control_plane, namespace)
    rules = reading("get", "list", "watch")
    token = account(control_plane, namespace, rules, everywhere=False)
    async with logged_in(control_plane, token, tmp_path, namespace) as api:
        await granted(api, rules, namespace)
        async with read_with(api, "pods", "nodes") as store:
            await comes(lambda: store.pods and store.standing("pods").reason)
            assert store.standing("pods").state == "live"
            assert store.standing("pods").reason.startswith(f"Only namespace {namespace} is seen: ")
            assert {pod.name for pod in store.pods.values()} == {"lone"}
            await comes(lambda: store.standing("nodes").state == "forbidden")
            assert 'cannot list resource "nodes"' in store.standing("nodes").reason
            control_plane.apply(
                {**bare_pod("second"), "metadata": {"name": "second", "namespace": namespace}}, namespace
            )
            await comes(lambda: len(store.pods) == 2)


async def test_without_a_namespace_the_sentence_says_how_to_name_one(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    rules = reading("get", "list", "watch")
    token = account(control_plane, namespace, rules, everywhere=False)
    async with logged_in(control_plane, token, tmp_path) as api:
        await granted(api, rules, namespace)
        async with read_with(api, "pods") as store:
            await comes(lambda: store.standing("pods").state == "forbidden")
            assert store.standing("pods").reason.endswith("start with -n NAMESPACE.")


async def test_what_may_be_listed_and_not_watched_is_live_and_says_that_it_is_read_anew(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    a_pod(control_plane, namespace)
    rules = reading("get", "list")
    token = account(control_plane, namespace, rules, everywhere=True)
    async with logged_in(control_plane, token, tmp_path) as api:
        await granted(api, rules, "")
        async with read_with(api, "pods") as store:
            await comes(lambda: store.standing("pods").reason.startswith("Read anew every 30 s: "))
            assert store.standing("pods").state == "live" and "cannot watch" in store.standing("pods").reason
            assert "lone" in {pod.name for pod in store.pods.values()}
