"""What the API makes of objects beside what the contract with the real server holds: namespaces, rights, kubectl."""

from __future__ import annotations

import asyncio
import shutil
import ssl
from pathlib import Path

import pytest
import trustme
from aiohttp import web

from spottui.sim.api_access import Authorizer, Identity
from spottui.sim.api_request import Asked, read_request
from spottui.sim.api_table_times import span
from spottui.sim.api_writes import Writes
from spottui.sim.objects import Objects
from spottui.sim.resources import RESOURCES, resource
from spottui.sim.status import ApiError

from .api_case import CONFIGS, PODS, TOKENS, serving, until

NAMESPACES = resource("namespaces")


async def test_a_namespace_that_is_deleted_is_emptied_and_goes() -> None:
    async with serving() as case:
        await case.ask("POST", "/api/v1/namespaces", {"metadata": {"name": "gone"}})
        path = "/api/v1/namespaces/gone"
        await case.ask("POST", f"{path}/configmaps", {"metadata": {"name": "a"}})
        held = {"metadata": {"name": "b", "finalizers": ["x.dev/wait"]}}
        await case.ask("POST", f"{path}/configmaps", held)
        spec = {"nodeName": "spot", "containers": [{"name": "main", "image": "x"}]}
        await case.ask("POST", f"{path}/pods", {"metadata": {"name": "a"}, "spec": spec})
        status, said = await case.ask("DELETE", path)
        assert (status, said["status"]["phase"]) == (200, "Terminating")
        await until(lambda: case.objects.find(CONFIGS, "gone", "a") is None, "what is in it is deleted")
        assert "deletionTimestamp" in case.objects.get(PODS, "gone", "a")["metadata"]
        case.objects.remove(PODS, "gone", "a")
        assert case.objects.find(NAMESPACES, "", "gone") is not None
        await case.ask("PATCH", f"{path}/configmaps/b", {"metadata": {"finalizers": None}}, headers=_MERGE)
        await until(lambda: case.objects.find(NAMESPACES, "", "gone") is None, "it is gone")


_MERGE = {"Content-Type": "application/merge-patch+json"}


async def test_the_history_is_in_order_when_a_namespace_goes() -> None:
    async with serving() as case:
        heard: list[int] = []
        case.objects.listen(lambda change: heard.append(change.version))
        await case.ask("POST", "/api/v1/namespaces", {"metadata": {"name": "gone"}})
        for number in range(3):
            await case.ask("POST", "/api/v1/namespaces/gone/configmaps", {"metadata": {"name": f"c{number}"}})
        await case.ask("DELETE", "/api/v1/namespaces/gone")
        await until(lambda: case.objects.find(NAMESPACES, "", "gone") is None, "it is gone")
    assert heard == sorted(heard)


async def test_the_custom_kinds_have_definitions() -> None:
    async with serving() as case:
        path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/applications.argoproj.io"
        status, said = await case.ask("GET", path)
        assert status == 200
        columns = said["spec"]["versions"][0]["additionalPrinterColumns"]
        assert [one["name"] for one in columns] == ["Sync Status", "Health Status", "Revision", "Project"]
        headers = {"Accept": "application/json;as=Table;g=meta.k8s.io;v=v1"}
        rows = (await case.ask("GET", path, headers=headers))[1]["rows"]
        assert rows[0]["cells"][4:] == ["argoproj.io", "Application", "app,apps", True]
        path = "/apis/runtime.spinkube.dev/v1alpha1/shims"
        spec = {"runtimeClass": {"name": "wasmtime-spin-v2", "handler": "spin-v2"}, "nodeSelector": {"spin": "true"}}
        body = {"metadata": {"name": "spin"}, "spec": spec, "status": {"nodes": 2, "nodesReady": 1}}
        assert (await case.ask("POST", path, body))[0] == 201
        rows = (await case.ask("GET", path, headers=headers))[1]["rows"]
        assert rows[0]["cells"] == ["spin", "wasmtime-spin-v2", 1, 2]


def test_writes_without_http_are_refused_like_those_of_clients() -> None:
    objects = Objects(lambda: 0.0)
    writes = Writes(objects)
    objects.create(NAMESPACES, {"metadata": {"name": "default"}})
    spec = {"runtimeClassName": "wasmtime-spin-v2", "containers": [{"name": "main", "image": "x"}]}
    with pytest.raises(ApiError) as refused:
        writes.create(PODS, "default", {"metadata": {"name": "x"}, "spec": spec})
    wanted = 'pods "x" is forbidden: pod rejected: RuntimeClass "wasmtime-spin-v2" not found'
    assert (refused.value.code, refused.value.message) == (403, wanted)


def test_the_three_users_may_what_their_names_say() -> None:
    authorizer = Authorizer(dict(TOKENS))

    def may(user: str, verb: str, plural: str, group: str = "", sub: str = "") -> bool:
        who = authorizer.identify(f"Bearer {TOKENS[user]}")
        return authorizer.allows(who, Asked(verb, "", True, group, "v1", plural, "default", "x", sub))

    for kind in RESOURCES:
        hidden = kind.plural == "secrets" or kind.group == "rbac.authorization.k8s.io"
        for user in ("viewer", "operator"):
            assert may(user, "list", kind.plural, kind.group) is not hidden
        assert not may("viewer", "delete", kind.plural, kind.group)
        assert may("admin", "delete", kind.plural, kind.group)
    for verb, plural, group, sub in (
        ("patch", "deployments", "apps", ""),
        ("patch", "deployments", "apps", "scale"),
        ("delete", "pods", "", ""),
        ("create", "pods", "", "exec"),
        ("get", "pods", "", "log"),
        ("create", "pods", "", "eviction"),
        ("patch", "nodes", "", ""),
        ("patch", "applications", "argoproj.io", ""),
    ):
        assert may("operator", verb, plural, group, sub)
        assert may("viewer", verb, plural, group, sub) is (sub == "log")
    assert not may("operator", "delete", "deployments", "apps")
    assert authorizer.identify("").name == "system:anonymous"
    assert not authorizer.allows(Identity("stranger", ()), Asked("list", "", True, "", "v1", "pods"))


def test_rights_may_change_while_the_server_runs() -> None:
    authorizer = Authorizer(dict(TOKENS))
    who, asked = (
        authorizer.identify(f"Bearer {TOKENS['operator']}"),
        Asked("delete", "", True, "", "v1", "pods", "x", "y"),
    )
    authorizer.check(who, asked)
    authorizer.rules["operator"] = []
    with pytest.raises(ApiError, match=r'^pods "y" is forbidden: User "operator" cannot delete resource "pods"'):
        authorizer.check(who, asked)
    authorizer.tokens["operator"] = "renewed"
    with pytest.raises(ApiError, match="Unauthorized"):
        authorizer.identify(f"Bearer {TOKENS['operator']}")


def test_a_path_is_read_as_kubernetes_reads_it() -> None:
    for method, path, wanted in (
        ("GET", "/api/v1/pods", ("list", "", "pods", "", "", "")),
        ("GET", "/api/v1/namespaces/a/pods/b/log", ("get", "", "pods", "a", "b", "log")),
        ("GET", "/api/v1/namespaces/a", ("get", "", "namespaces", "a", "a", "")),
        ("PUT", "/api/v1/namespaces/a/finalize", ("update", "", "namespaces", "a", "a", "finalize")),
        ("DELETE", "/apis/apps/v1/namespaces/a/deployments", ("deletecollection", "apps", "deployments", "a", "", "")),
        ("POST", "/api/v1/namespaces/a/pods/b/exec", ("create", "", "pods", "a", "b", "exec")),
        ("GET", "/api/v1/nodes/b/proxy/stats/summary", ("get", "", "nodes", "", "b", "proxy")),
        ("GET", "/api/v1/namespaces/a/pods/b%2Fc", ("get", "", "pods", "a", "b/c", "")),
    ):
        asked = read_request(method, path, {})
        found = (asked.verb, asked.group, asked.plural, asked.namespace, asked.name, asked.subresource)
        assert found == wanted, path


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "<invalid>"),
        (-1, "0s"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (599, "9m59s"),
        (600, "10m"),
        (3 * 3600, "3h"),
        (3 * 3600 + 60, "3h1m"),
        (47 * 3600, "47h"),
        (48 * 3600, "2d"),
        (49 * 3600, "2d1h"),
        (8 * 86400, "8d"),
        (729 * 86400, "729d"),
        (731 * 86400, "2y1d"),
        (9 * 365 * 86400, "9y"),
    ],
)
def test_ages_are_worded_as_kubectl_words_them(seconds: int, said: str) -> None:
    assert span(seconds) == said


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH")
async def test_kubectl_works_on_it(tmp_path: Path) -> None:
    async with serving() as case:
        config = await _with_tls(case.runner, tmp_path)

        async def kubectl(*words: str) -> str:
            command = ("kubectl", "--kubeconfig", str(config), *words)
            environment = {"PATH": str(Path(shutil.which("kubectl") or "").parent), "HOME": str(tmp_path)}
            pipe = asyncio.subprocess.PIPE
            ran = await asyncio.create_subprocess_exec(*command, env=environment, stdout=pipe, stderr=pipe)
            out, error = await asyncio.wait_for(ran.communicate(), 20)
            return (out + error).decode()

        kinds = (await kubectl("api-resources", "--api-group=apps", "--no-headers")).splitlines()
        assert ["deployments", "deploy", "apps/v1", "true", "Deployment"] in [line.split() for line in kinds]
        assert (
            await kubectl("create", "deployment", "web", "--image=a:1", "--replicas=2")
            == "deployment.apps/web created\n"
        )
        for words, said in (
            (("scale", "deploy/web", "--replicas=3"), "deployment.apps/web scaled\n"),
            (("set", "image", "deploy/web", "a=a:2"), "deployment.apps/web image updated\n"),
            (("rollout", "restart", "deploy/web"), "deployment.apps/web restarted\n"),
        ):
            assert await kubectl(*words) == said
        rows = (await kubectl("get", "deploy", "-A")).splitlines()
        assert rows[0].split() == ["NAMESPACE", "NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]
        assert rows[1].split()[:4] == ["default", "web", "0/3", "0"]
        spec = case.objects.get(resource("deployments", "apps"), "default", "web")["spec"]
        assert spec["template"]["spec"]["containers"][0]["image"] == "a:2"


async def _with_tls(runner: web.AppRunner, folder: Path) -> Path:
    """Serve an application by TLS too, without which kubectl sends no token; return a kubeconfig."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    (folder / "ca.pem").write_bytes(authority.cert_pem.bytes())
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    port = runner.addresses[-1][1]
    text = f"""
apiVersion: v1
kind: Config
current-context: robot
clusters: [{{name: robot, cluster: {{server: "https://127.0.0.1:{port}", certificate-authority: {folder}/ca.pem}}}}]
contexts: [{{name: robot, context: {{cluster: robot, user: admin}}}}]
users: [{{name: admin, user: {{token: {TOKENS["admin"]}}}}}]
"""
    (folder / "config").write_text(text, encoding="utf-8")
    return folder / "config"
