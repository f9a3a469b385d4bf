"""Finds the cluster to connect to; it knows where kubeconfigs live, and must not open a connection."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from spottui.errors import BadConfig
from spottui.sources.kube_files import (
    Entry,
    Merged,
    read_merged,
    read_small,
    require_cluster_files,
    require_user_files,
)
from spottui.sources.kube_proxy import Proxy, find_proxy
from spottui.sources.text import clean

MICROK8S = Path("/var/snap/microk8s/current/credentials/client.config")
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")

Looked = tuple[tuple[str, str], ...]
"""Where we looked and what was there, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterPlace:
    """One cluster, one user and where their credentials are; holds no credentials itself."""

    kind: Literal["file", "in-cluster"]
    paths: tuple[Path, ...]
    """The kubeconfig files, merged in this order; the service account's folder when in a cluster."""
    context: str
    """Empty when in a cluster."""
    cluster: str
    server: str
    """URL without a closing slash."""
    user: str
    """Empty: the context names no user."""
    namespace: str
    """The context's, or the one asked for; empty: neither names one."""
    looked: Looked
    proxy: Proxy | None = None
    environ: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """What login plugins are started with."""

    def __str__(self) -> str:
        """Return what an operator calls it: the context, or "in-cluster"."""
        return self.context or self.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the caller of `find_cluster` wants of the files."""

    context: str | None
    namespace: str | None
    environ: Mapping[str, str]


def find_cluster(
    *,
    flag: Path | None,
    environ: Mapping[str, str],
    home: Path,
    context: str | None,
    namespace: str | None,
    microk8s: Path = MICROK8S,
    service_account: Path = SERVICE_ACCOUNT,
) -> ClusterPlace:
    """Return the cluster that is meant; blocking, so call it in a thread.

    Order: `flag`, KUBECONFIG, ~/.kube/config, microk8s' own file, the service account of a pod. A file that was
    named is never silently replaced by another one: that could be another robot.

    Raises:
        BadConfig: There is none, or it cannot be used as it is; the text says where we looked and what to do.
    """
    asked = _Asked(context=context, namespace=namespace, environ=environ)
    if flag is not None:
        return _from_files((flag,), asked, (("--kubeconfig", str(flag)),))
    named = tuple(Path(part) for part in environ.get("KUBECONFIG", "").split(":") if part)
    if named:
        return _from_variable(named, asked)
    looked: Looked = (("--kubeconfig", "not given"), ("KUBECONFIG", "not set"))
    for path, what in (
        (home / ".kube" / "config", "your kubeconfig"),
        (microk8s, "microk8s' own kubeconfig"),
    ):
        found = _look_at(path)
        looked = (*looked, (f"{path} ({what})", found))
        if found == "found":
            return _from_files((path,), asked, looked)
    found = _look_at(service_account / "token")
    looked = (*looked, (f"{service_account} (service account of a pod)", found))
    if found == "found":
        return _in_cluster(service_account, asked, looked)
    raise BadConfig(_nothing_found(looked))


def contexts(place: ClusterPlace) -> list[str]:
    """Return the names of the contexts in the files of `place`, sorted; blocking; raises BadConfig."""
    return sorted(read_merged(place.paths).contexts) if place.kind == "file" else []


def entries(place: ClusterPlace) -> tuple[Entry, Entry]:
    """Return the cluster and the user of `place` as its files have them now; blocking.

    Raises:
        BadConfig: A file or an entry is gone or broken.
    """
    merged = read_merged(place.paths)
    context = merged.contexts.get(place.context)
    if context is None:
        raise BadConfig(f"The context {place.context} is no longer in {_names(place.paths)}.")
    return _cluster_and_user(merged, place.context, context)


def _from_variable(named: tuple[Path, ...], asked: _Asked) -> ClusterPlace:
    present = tuple(path for path in named if _look_at(path) != "not there")
    looked = tuple((f"KUBECONFIG: {path}", _look_at(path)) for path in named)
    if not present:
        raise BadConfig(
            f"KUBECONFIG names {_names(named)}, which is not there. Correct the variable, unset it, "
            "or name a file with --kubeconfig."
        )
    return _from_files(present, asked, looked)  # kubectl skips missing ones too


def _from_files(paths: tuple[Path, ...], asked: _Asked, looked: Looked) -> ClusterPlace:
    merged = read_merged(paths)
    name = _context_name(merged, asked.context, paths)
    context = merged.contexts[name]
    cluster, _ = _cluster_and_user(merged, name, context)
    server = _server(cluster, name)
    return ClusterPlace(
        kind="file",
        paths=paths,
        context=name,
        cluster=_word(context.get("cluster")),
        server=server,
        user=_word(context.get("user")),
        namespace=asked.namespace or _word(context.get("namespace")),
        looked=looked,
        proxy=find_proxy(server, kubeconfig=str(cluster.get("proxy-url") or ""), environ=asked.environ),
        environ=asked.environ,
    )


def _context_name(merged: Merged, asked: str | None, paths: tuple[Path, ...]) -> str:
    names = sorted(merged.contexts)
    where = _names(paths)
    if not names:
        raise BadConfig(f"The kubeconfig {where} has no contexts. Copy the cluster's kubeconfig there.")
    wanted = clean(asked, 253) if asked else merged.current
    if not wanted and len(names) == 1:
        return names[0]
    if not wanted:
        raise BadConfig(f"{where} has no current-context. Name one with --context: {', '.join(names)}.")
    if wanted in merged.contexts:
        return wanted
    near = difflib.get_close_matches(wanted, names, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    said = "" if asked else " (its current-context)"
    raise BadConfig(f"{where} has no context {wanted}{said}.{hint} It has: {', '.join(names)}.")


def _cluster_and_user(merged: Merged, name: str, context: Entry) -> tuple[Entry, Entry]:
    cluster_name, user_name = _word(context.get("cluster")), _word(context.get("user"))
    cluster = merged.clusters.get(cluster_name)
    if cluster is None:
        raise BadConfig(_missing("cluster", name, cluster_name, merged.clusters))
    user = merged.users.get(user_name) if user_name else {}
    if user is None:
        raise BadConfig(_missing("user", name, user_name, merged.users))
    if str(cluster.get("server") or "").startswith("https"):
        require_cluster_files(cluster, f"the cluster {cluster_name}")
        require_user_files(user, f"the user {user_name}")
    return cluster, user


def _missing(what: str, context: str, name: str, known: Mapping[str, Entry]) -> str:
    named = f"names the {what} {name}, which" if name else f"names no {what}; one"
    has = ", ".join(sorted(known)) or "none"
    return f"The context {context} {named} is not in the kubeconfig. It has: {has}."


def _server(cluster: Entry, context: str) -> str:
    server = clean(str(cluster.get("server") or "")).strip().rstrip("/")
    try:
        parts = urlsplit(server)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        has_login = "@" in parts.netloc
    except ValueError:
        is_url = has_login = False
    if has_login:
        raise BadConfig(f"The server URL of the context {context} must not carry a user or a password.")
    if not is_url:
        raise BadConfig(f"The cluster of the context {context} has no usable server URL: {server or 'none'}.")
    return server


def _in_cluster(folder: Path, asked: _Asked, looked: Looked) -> ClusterPlace:
    host, port = asked.environ.get("KUBERNETES_SERVICE_HOST"), asked.environ.get("KUBERNETES_SERVICE_PORT")
    if not host or not port:
        raise BadConfig(
            f"{folder} has a token, but KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set. "
            "Inside a pod they are; elsewhere name a kubeconfig with --kubeconfig."
        )
    if asked.context:
        raise BadConfig(f"There is no context {clean(asked.context, 253)}: a pod's own login has none.")
    read_small(folder / "ca.crt", "The certificate of the cluster")
    own = folder / "namespace"
    namespace = read_small(own, "The namespace file").decode(errors="replace") if own.is_file() else ""
    server = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    return ClusterPlace(
        kind="in-cluster",
        paths=(folder,),
        context="",
        cluster="in-cluster",
        server=server,
        user="service account",
        namespace=asked.namespace or clean(namespace.strip(), 253),
        looked=looked,
        proxy=find_proxy(server, kubeconfig="", environ=asked.environ),
        environ=asked.environ,
    )


def _look_at(path: Path) -> str:
    """Return "found", "not there", "empty", or why it cannot be looked at."""
    try:
        return "found" if path.stat().st_size else "empty"
    except PermissionError:
        hint = ": join its group with sudo usermod -aG microk8s $USER" if "microk8s" in path.parts else ""
        return f"may not be read by you{hint}"
    except OSError as error:
        is_absent = isinstance(error, FileNotFoundError | NotADirectoryError)
        return "not there" if is_absent else f"cannot be read: {error.strerror}"


def _nothing_found(looked: Looked) -> str:
    lines = "\n".join(f"  {place}: {found}" for place, found in looked)
    return (
        f"No cluster to connect to. Looked for:\n{lines}\n"
        "Copy the robot's kubeconfig to ~/.kube/config (on microk8s: microk8s config > ~/.kube/config), "
        "or name it with --kubeconfig FILE."
    )


def _names(paths: tuple[Path, ...]) -> str:
    return ", ".join(str(path) for path in paths)


def _word(value: object) -> str:
    return "" if value is None else clean(str(value), 253)
