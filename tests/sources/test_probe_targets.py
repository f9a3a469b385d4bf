"""What is probed follows from what runs on the robot and from the settings; no login is ever in it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spottui.records import Container, Pod
from spottui.records_argocd import Application
from spottui.safe_text import clean
from spottui.sources.probe_targets import (
    DOCKER_HUB,
    MOST,
    git_target,
    own_target,
    registries_of,
    registry_of,
    registry_target,
    targets_of,
)


def application(name: str, repo: str, path: str = "deploy") -> Application:
    return Application(uid=name, name=name, namespace="argocd", created_at=None, repo=repo, path=path)


def pod(*images: str, name: str = "p", labels: dict[str, str] | None = None, namespace: str = "robot") -> Pod:
    containers = tuple(Container(name=f"c{place}", image=image) for place, image in enumerate(images))
    return Pod(uid=name, name=name, namespace=namespace, created_at=None, containers=containers, labels=labels or {})


@pytest.mark.parametrize(
    ("image", "registry"),
    [
        ("nginx", DOCKER_HUB),
        ("library/nginx:1.27", DOCKER_HUB),
        ("docker.io/library/nginx@sha256:00", DOCKER_HUB),
        ("ghcr.io/spinframework/app:v1", "ghcr.io"),
        ("registry.example:5000/a/b", "registry.example:5000"),
        ("localhost:32000/cam", "localhost:32000"),
        ("localhost/cam", "localhost"),
        ("sha256:0123", ""),
        ("", ""),
        ("bad host!.x/y", ""),
    ],
)
def test_an_image_names_its_registry_as_the_kubelet_reads_it(image: str, registry: str) -> None:
    assert registry_of(image) == registry


def test_images_give_each_registry_once_and_the_nodes_own_is_said_not_to_be_probed() -> None:
    pods = [pod("ghcr.io/a/b", "ghcr.io/c/d", "localhost:32000/x"), pod("nginx", name="q")]
    assert registries_of(pods) == ["ghcr.io", DOCKER_HUB]
    wanted = targets_of(pods=pods)
    assert [target.name for target in wanted.targets] == ["ghcr.io", DOCKER_HUB]
    assert "localhost:32000" in wanted.left_out
    hub = wanted.targets[1]
    assert (hub.host, hub.port, hub.path, hub.is_tls) == (DOCKER_HUB, 443, "/v2/", True)


@pytest.mark.parametrize(
    ("repo", "speech", "host", "port", "path"),
    [
        ("https://git.example/r/a.git", "http", "git.example", 443, "/r/a.git/info/refs?service=git-upload-pack"),
        ("http://git.example:3000/r/a", "http", "git.example", 3000, "/r/a/info/refs?service=git-upload-pack"),
        ("ssh://git@git.example:2222/r/a", "ssh", "git.example", 2222, ""),
        ("git@git.example:r/a.git", "ssh", "git.example", 22, ""),
        ("git@[fd00::1]:r/a.git", "ssh", "fd00::1", 22, ""),
        ("oci://ghcr.io/charts", "http", "ghcr.io", 443, "/v2/"),
    ],
)
def test_a_remote_is_asked_in_its_own_way(repo: str, speech: str, host: str, port: int, path: str) -> None:
    target = git_target(repo)
    assert target is not None
    assert (target.speech, target.host, target.port, target.path) == (speech, host, port, path)


def test_a_helm_repository_is_asked_for_its_index_and_an_oci_chart_for_its_registry() -> None:
    charts = git_target("https://charts.example/stable/", is_chart=True)
    assert charts is not None and charts.path == "/stable/index.yaml"
    oci = git_target("ghcr.io/org/charts", is_chart=True)
    assert oci is not None and (oci.kind, oci.host, oci.path) == ("registry", "ghcr.io", "/v2/")
    assert [t.path for t in targets_of(applications=[application("a", "https://c.example", "")]).targets] == [
        "/index.yaml"
    ]


def test_no_login_is_kept_of_an_address() -> None:
    wanted = targets_of(
        applications=[
            application("a", "https://ana:hunter2@git.example/r"),
            application("b", "ssh://ana:hunter2@git.example/r"),
        ]
    )
    assert len(wanted.targets) == 2
    assert "hunter2" not in repr(wanted) and "ana" not in repr(wanted)


def test_the_order_is_api_robot_own_git_registry_argocd() -> None:
    pods = [
        pod("ghcr.io/a", name="s", labels={"app.kubernetes.io/name": "argocd-server"}, namespace="argocd"),
    ]
    wanted = targets_of(
        server="https://10.1.2.3:6443",
        applications=[application("a", "https://git.example/r"), application("b", "https://git.example/r")],
        pods=pods,
        robot=("192.168.80.3", 443),
        own=[("site", "https://site.example/up?x=1"), ("plc", "tcp://10.0.0.9:502")],
    )
    assert [target.kind for target in wanted.targets] == ["api", "robot", "own", "own", "git", "registry", "argocd"]
    assert [target.speech for target in wanted.targets] == ["api", "tcp", "http", "tcp", "http", "http", "api"]
    assert wanted.targets[-1].path == "/api/v1/namespaces/argocd/services/https:argocd-server:443/proxy/healthz"
    assert wanted.left_out == ""


def test_an_address_of_argo_cd_in_the_settings_comes_before_the_way_through_the_api_server() -> None:
    pods = [pod("x", labels={"app.kubernetes.io/name": "argocd-server"}, namespace="argocd")]
    wanted = targets_of(server="https://10.1.2.3:6443", pods=pods, argocd="https://argo.example")
    argo = [target for target in wanted.targets if target.kind == "argocd"]
    assert [(target.host, target.path, target.speech) for target in argo] == [("argo.example", "/api/version", "http")]


def test_not_more_is_probed_than_a_link_bears() -> None:
    wanted = targets_of(applications=[application(f"a{n}", f"https://git{n}.example/r") for n in range(40)])
    assert len(wanted.targets) == MOST
    assert f"{40 - MOST} more are not probed" in wanted.left_out


def test_what_an_operator_names_keeps_its_name() -> None:
    site = own_target("the site", "https://site.example")
    assert site is not None and (site.id, site.name, site.path) == ("own the site", "the site", "/")
    assert own_target("x", "ftp://site.example") is None


def test_a_path_cannot_end_the_request_line() -> None:
    target = git_target("https://git.example/a b\r\nX: y")
    assert target is None or not {" ", "\r", "\n"} & set(target.path)
    spaced = own_target("x", "https://site.example/a b/ä")
    assert spaced is not None and " " not in spaced.path and spaced.path.isascii()


@given(st.text(), st.text())
@example("0:\uaaf7", "")  # no letter of any alphabet yet, so not `isprintable`, but nothing that a terminal obeys
def test_no_address_and_no_image_breaks_it(repo: str, image: str) -> None:
    wanted = targets_of(
        server=repo, applications=[application("a", repo), application("b", repo, "")], pods=[pod(image)], argocd=repo
    )
    for target in wanted.targets:
        assert clean(target.name) == target.name and clean(target.url) == target.url
        assert target.speech == "api" or (target.host and 0 <= target.port < 65536)
        assert not {" ", "\r", "\n"} & set(target.path) or target.speech == "api"


def test_a_registry_with_a_port_keeps_it() -> None:
    target = registry_target("registry.example:5000")
    assert target is not None and (target.host, target.port, target.name) == (
        "registry.example",
        5000,
        "registry.example:5000",
    )
