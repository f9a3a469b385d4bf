"""Each kind of user and credential is let in, or refused, as its tests rely on."""

from __future__ import annotations

import json

import pytest

from .api_client import STRATEGIC, ApiRefused
from .asking import kubectl, refusal
from .control_plane import ControlPlane
from .manifests import deployment
from .processes import wait_until


def test_a_viewer_reads_but_may_not_patch(control_plane: ControlPlane, namespace: str) -> None:
    control_plane.apply(deployment("web"), namespace)
    viewer = control_plane.client("viewer")
    assert viewer.get("/api/v1/nodes")["kind"] == "NodeList"
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/web"
    refused = refusal(viewer.patch, path, {"spec": {"replicas": 0}})
    assert (refused.status, refused.body["kind"], refused.reason) == (403, "Status", "Forbidden")
    assert 'User "viewer" cannot patch resource "deployments"' in refused.message
    assert refusal(viewer.get, f"/api/v1/namespaces/{namespace}/secrets").status == 403


def test_an_operator_patches_and_deletes_but_no_more(control_plane: ControlPlane, namespace: str) -> None:
    control_plane.apply(deployment("web"), namespace)
    operator = control_plane.client("operator")
    operator.patch(f"/apis/apps/v1/namespaces/{namespace}/deployments/web", {"spec": {"replicas": 0}}, STRATEGIC)
    refused = refusal(operator.delete, f"/apis/apps/v1/namespaces/{namespace}/deployments/web")
    assert (refused.status, refused.reason) == (403, "Forbidden")


def test_a_user_without_rights_is_known_but_may_nothing(control_plane: ControlPlane) -> None:
    refused = refusal(control_plane.client("nobody").get, "/api/v1/pods")
    assert (refused.status, refused.reason) == (403, "Forbidden")


def test_a_role_can_be_widened(control_plane: ControlPlane) -> None:
    nobody = control_plane.client("nobody")
    assert refusal(nobody.get, "/apis/scheduling.k8s.io/v1/priorityclasses").status == 403
    control_plane.allow("nobody", "scheduling.k8s.io", ("priorityclasses",), ("list",))

    def allowed() -> bool:
        try:
            return nobody.get("/apis/scheduling.k8s.io/v1/priorityclasses")["kind"] == "PriorityClassList"
        except ApiRefused:
            return False

    wait_until(allowed, "the new role is in force")


def test_an_expired_token_gets_401(control_plane: ControlPlane) -> None:
    refused = refusal(control_plane.client("expired").get, "/api/v1/nodes")
    assert (refused.status, refused.reason) == (401, "Unauthorized")


@pytest.mark.parametrize("user", ["admin", "viewer", "operator"])
def test_a_kubeconfig_works_with_kubectl(control_plane: ControlPlane, user: str) -> None:
    ran = kubectl(control_plane.kubeconfig(user), "get", "nodes", "--no-headers")
    assert ran.stdout.split()[:2] == ["node-0", "Ready"], ran.stderr


def test_a_kubeconfig_with_an_expired_token_is_refused(control_plane: ControlPlane) -> None:
    ran = kubectl(control_plane.kubeconfig("expired"), "get", "nodes")
    assert ran.returncode != 0
    assert "Unauthorized" in ran.stderr or "logged in" in ran.stderr


def test_a_token_file_can_be_renewed(control_plane: ControlPlane) -> None:
    login = control_plane.kubeconfig_with_token_file("viewer")
    login.token_file.write_text("no longer good")
    assert kubectl(login.kubeconfig, "get", "nodes").returncode != 0
    login.token_file.write_text(control_plane.token("viewer"))
    assert kubectl(login.kubeconfig, "get", "nodes").returncode == 0


def test_a_client_certificate_works_until_it_expires(control_plane: ControlPlane) -> None:
    fresh = kubectl(control_plane.kubeconfig_with_certificate("viewer"), "auth", "whoami", "-o", "json")
    assert json.loads(fresh.stdout)["status"]["userInfo"]["username"] == "viewer", fresh.stderr
    expired = kubectl(control_plane.kubeconfig_with_certificate("viewer", expired=True), "get", "nodes")
    assert expired.returncode != 0
    assert "Unauthorized" in expired.stderr or "logged in" in expired.stderr or "expired" in expired.stderr


def test_a_renewed_token_replaces_the_old_one(fresh_plane: ControlPlane) -> None:
    fresh_plane.start()
    before = fresh_plane.client("viewer")
    assert before.get("/api/v1/nodes")["items"] == []
    fresh_plane.renew_token("viewer")
    assert refusal(before.get, "/api/v1/nodes").status == 401
    assert fresh_plane.client("viewer").get("/api/v1/nodes")["items"] == []
