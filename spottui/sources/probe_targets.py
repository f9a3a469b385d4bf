"""What this robot needs to reach, worked out from what runs on it: pure, sends nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal
from urllib.parse import SplitResult, quote, urlsplit

from msgspec import Struct

from spottui.records import Pod
from spottui.records_argocd import Application
from spottui.sources.text import clean

Kind = Literal["api", "git", "registry", "argocd", "robot", "own"]
Speech = Literal["http", "ssh", "tcp", "api"]

MOST = 24
"""Targets probed at most; more would cost the link more than they tell."""
NAME_LENGTH = 60
PORTS = {"http": 80, "https": 443, "ssh": 22, "git": 9418}
DOCKER_HUB = "registry-1.docker.io"
ARGOCD_SERVER = "argocd-server"
_SCP = re.compile(r"(?:[^@/\s]+@)?([A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\]):(?!/)(\S+)")
"""user@host:path, as git writes ssh remotes."""
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9a-fA-F:.]+")


class Target(Struct, frozen=True):
    """One thing to reach and how it is asked."""

    id: str
    kind: Kind
    name: str
    """What is shown."""
    url: str
    """Without user and password: those are neither sent nor shown."""
    speech: Speech
    host: str = ""
    port: int = 0
    path: str = ""
    """Of an HTTP question, with its query; for "api": the path below the API server."""
    is_tls: bool = False


class Targets(Struct, frozen=True):
    """What is probed, and what is not."""

    targets: tuple[Target, ...] = ()
    left_out: str = ""
    """A sentence on what is not probed; empty when all is."""


def targets_of(
    *,
    server: str = "",
    applications: Iterable[Application] = (),
    pods: Iterable[Pod] = (),
    argocd: str = "",
    robot: tuple[str, int] | None = None,
    own: Sequence[tuple[str, str]] = (),
) -> Targets:
    """Return what is to be probed, the most important first.

    `server` is the API server's URL, `argocd` an address of Argo CD's server that the operator gave (else it is
    asked through the API server), `robot` the robot's host and port, `own` the operator's targets as (name, URL).
    """
    applications, pods = tuple(applications), tuple(pods)
    found: list[Target | None] = [api_target(server), robot and robot_target(*robot)]
    found += [own_target(name, url) for name, url in own]
    found += [git_target(repo, is_chart) for repo, is_chart in repos_of(applications)]
    found += [registry_target(host) for host in registries_of(pods)]
    found.append(_http_target("argocd", argocd, "/api/version") if argocd else argocd_target(server, pods))
    by_id = {target.id: target for target in found if target is not None}
    kept = tuple(by_id.values())[:MOST]
    notes = []
    if len(by_id) > MOST:
        notes.append(f"{len(by_id) - MOST} more are not probed: {MOST} are the most.")
    if local := local_registries(pods):
        notes.append(f"Not probed: {', '.join(local)}, which only the node itself reaches.")
    return Targets(kept, " ".join(notes))


def api_target(server: str) -> Target | None:
    """Return the API server, asked with our own client; the login goes nowhere else."""
    parts = _split(server)
    if parts is None or not parts.hostname:
        return None
    return Target(f"api {server}", "api", _shown(parts), server, "api", parts.hostname, _port(parts), "/version")


def argocd_target(server: str, pods: Iterable[Pod]) -> Target | None:
    """Return Argo CD's server behind the API server's proxy, where a pod of it runs; None where none does."""
    for pod in pods:
        if pod.labels.get("app.kubernetes.io/name") == ARGOCD_SERVER and server:
            place = f"{pod.namespace}/{ARGOCD_SERVER}"
            path = (
                f"/api/v1/namespaces/{quote(pod.namespace, safe='')}/services/https:{ARGOCD_SERVER}:443/proxy/healthz"
            )
            return Target(f"argocd {place}", "argocd", place, f"{server}{path}", "api", path=path)
    return None


def robot_target(host: str, port: int) -> Target | None:
    """Return the robot's own port: only a connection is opened."""
    if not _HOST.fullmatch(host):
        return None
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return Target(f"robot {place}", "robot", _cut(place.removesuffix(":443")), f"tcp://{place}", "tcp", host, port)


def own_target(name: str, url: str) -> Target | None:
    """Return a target that the operator named."""
    parts = _split(url)
    if parts is None or not parts.hostname:
        return None
    if parts.scheme in ("http", "https"):
        made = _http_target("own", url, parts.path or "/")
    elif parts.scheme in ("ssh", "tcp") and _port(parts):
        speech = "ssh" if parts.scheme == "ssh" else "tcp"
        made = Target("", "own", "", _without_login(parts), speech, parts.hostname, _port(parts))
    else:
        return None
    rest = (getattr(made, field) for field in made.__struct_fields__[3:]) if made else ()
    return made and Target(clean(f"own {name}"), "own", clean(name, NAME_LENGTH), *rest)


def git_target(repo: str, is_chart: bool = False) -> Target | None:
    """Return the remote of an Application: smart HTTP, ssh, a Helm repository or an OCI registry."""
    scp = _SCP.fullmatch(repo) if "://" not in repo else None
    if scp is not None:
        host, path = scp[1].strip("[]"), scp[2]
        url = f"ssh://{host}/{path}"
        return Target(f"git {clean(url)}", "git", _cut(f"{host}/{path}"), clean(url), "ssh", host, 22)
    parts = _split(repo)
    if parts is None or not parts.hostname:
        host = repo.partition("/")[0]  # Argo CD writes Helm charts of an OCI registry without a scheme
        return registry_target(host) if is_chart and "." in host and _HOST.fullmatch(host.partition(":")[0]) else None
    url = _without_login(parts)
    match parts.scheme:
        case "ssh" | "git+ssh":
            return Target(f"git {url}", "git", _shown(parts), url, "ssh", parts.hostname, parts.port or 22)
        case "http" | "https" if is_chart:
            return _http_target("git", repo, f"{parts.path.rstrip('/')}/index.yaml")
        case "http" | "https":
            return _http_target("git", repo, f"{parts.path.rstrip('/')}/info/refs?service=git-upload-pack")
        case "git":
            return Target(f"git {url}", "git", _shown(parts), url, "tcp", parts.hostname, _port(parts))
        case "oci":
            return registry_target(parts.netloc.rpartition("@")[2])
        case _:
            return None


def registry_target(host: str) -> Target | None:
    """Return the registry at host[:port] by its API's first path, which answers 200 or 401."""
    return _http_target("registry", f"https://{host}/", "/v2/")


def repos_of(applications: Iterable[Application]) -> list[tuple[str, bool]]:
    """Return each remote once, and whether a Helm chart comes from it: those Applications have no path."""
    found: dict[str, bool] = {}
    for application in sorted(applications, key=lambda each: (each.namespace, each.name)):
        if application.repo:
            found.setdefault(application.repo, not application.path)
    return list(found.items())


def registries_of(pods: Iterable[Pod]) -> list[str]:
    """Return the registries of the images in use, but those that are the node itself."""
    return sorted(host for host in _registry_hosts(pods) if not _is_local(host))


def local_registries(pods: Iterable[Pod]) -> list[str]:
    """Return the registries in use that are the node itself, such as microk8s' localhost:32000."""
    return sorted(host for host in _registry_hosts(pods) if _is_local(host))


def _registry_hosts(pods: Iterable[Pod]) -> set[str]:
    images = {container.image for pod in pods for container in pod.containers}
    return {host for image in images if (host := registry_of(image))}


def registry_of(image: str) -> str:
    """Return the registry's host[:port] of an image reference as the kubelet reads it; empty for none."""
    first, slash, _ = image.partition("/")
    if not image or image.startswith("sha256:"):
        return ""
    if not slash or not ("." in first or ":" in first or first == "localhost"):
        return DOCKER_HUB
    host = first.partition(":")[0]
    if not _HOST.fullmatch(host):
        return ""
    return DOCKER_HUB if first in ("docker.io", "index.docker.io") else first.lower()


def _is_local(host: str) -> bool:
    name = host.partition(":")[0]
    return name == "localhost" or name.startswith("127.") or name.endswith((".svc", ".svc.cluster.local"))


def _http_target(kind: Kind, url: str, path: str) -> Target | None:
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    shown = _without_login(parts)
    is_tls = parts.scheme == "https"
    name = parts.netloc.rpartition("@")[2] if kind in ("registry", "argocd") else _shown(parts)
    return Target(f"{kind} {shown}", kind, _cut(name), shown, "http", parts.hostname, _port(parts), _safe(path), is_tls)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url.strip())
        is_whole = _port(parts) >= 0 and (not parts.hostname or _HOST.fullmatch(parts.hostname))
    except ValueError:
        return None
    return parts if is_whole else None


def _port(parts: SplitResult) -> int:
    return parts.port or PORTS.get(parts.scheme, 0)


def _without_login(parts: SplitResult) -> str:
    return clean(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl())


def _shown(parts: SplitResult) -> str:
    return _cut(f"{parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/").removesuffix(".git"))


def _cut(name: str) -> str:
    return clean(name, NAME_LENGTH)


def _safe(path: str) -> str:
    """Return a path that can be put into a request line: nothing in it can end the line."""
    return "".join(each if "!" <= each <= "~" else f"%{ord(each):02X}" for each in clean(path, 1024) if each < "\x7f")
