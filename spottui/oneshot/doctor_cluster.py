"""What the doctor asks the cluster: the link, clocks, rights, metrics, Argo CD."""

from __future__ import annotations

from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime

import aiohttp
from msgspec import structs

from spottui import clock
from spottui.actions.permits import Permits
from spottui.actions.registry import ACTIONS, Action, Permission
from spottui.errors import NotFound, SpottuiError
from spottui.oneshot.checks import Check
from spottui.oneshot.connection import Connection
from spottui.records import Pod, Target
from spottui.records_argocd import Application
from spottui.sources.kube_objects import KINDS, Kind, decode_list
from spottui.sources.kubeconfig import ClusterPlace
from spottui.verdicts.pod_status import pod_status

SLOW = 0.5
SKEW = 30.0
"""Seconds between the clocks from which on ages are plainly wrong and tokens may be refused."""
QUIET = 600.0
"""Seconds since the newest comparison after which Argo CD's controller is likely not at work (3 min is normal)."""
CONTROLLER = "app.kubernetes.io/name=argocd-application-controller"


def kubeconfig(place: ClusterPlace) -> Check:
    """Say where the cluster was found."""
    files = ", ".join(str(path) for path in place.paths)
    context = f"context {place.context}, " if place.context else ""
    return Check("ok", "kubeconfig", f"{files}: {context}server {place.server}")


async def checks(connection: Connection, namespace: str | None) -> AsyncIterator[Check]:
    """Yield the checks of a cluster that answered.

    Raises:
        Unreachable, LoginExpired: It stopped answering on the way.
    """
    yield _server(connection)
    yield await _skew(connection)
    permits = Permits(connection.api, clock.now)
    for kind in KINDS.values():
        yield await _reading(permits, kind, namespace, connection.place.namespace)
    for action in ACTIONS:
        yield await _acting(permits, action, namespace, connection.place.namespace)
    yield await _metrics(connection)
    async for check in _argocd(connection, namespace):
        yield check


def _server(connection: Connection) -> Check:
    text = f"{connection.version or 'unknown version'}, round trip {connection.round_trip * 1000:.0f} ms"
    if connection.round_trip > SLOW:
        return Check("warn", "server", text, "The link is slow; spottui works, but look at the Links.")
    return Check("ok", "server", text)


async def _skew(connection: Connection) -> Check:
    """Compare the server's Date header with our clock, over a request of its own without any credential."""
    place = connection.place
    if place.proxy is not None:
        return Check("ok", "clocks", "not compared: the server is behind a proxy")
    try:
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            # Whoever answers: only the Date is read, so the certificate need not be checked here.
            async with session.get(f"{place.server}/version", ssl=False) as reply:
                date = reply.headers.get("Date", "")
        skew = clock.now() - parsedate_to_datetime(date).timestamp()
    except (aiohttp.ClientError, TimeoutError, ValueError, TypeError, OSError):
        return Check("warn", "clocks", "the server does not tell its time")
    if abs(skew) > SKEW:
        where = "ahead of" if skew > 0 else "behind"
        advice = "Set the clocks (timedatectl): ages are wrong by that, and tokens may be refused."
        return Check("warn", "clocks", f"ours is {abs(skew):.0f} s {where} the server's", advice)
    return Check("ok", "clocks", "ours and the server's agree")


async def _acting(permits: Permits, action: Action, namespace: str | None, own: str) -> Check:
    kind, name = action.kinds[0], f"may {action.verb} {action.kinds[0]}"
    target = Target(kind=kind, namespace="" if kind == "Node" else namespace or "", name="", uid="")
    answer = await permits.may(action.permission(target), target)
    if answer.allowed:
        return Check("ok", name, answer.reason or "yes")
    if kind != "Node" and not namespace and own:
        target = structs.replace(target, namespace=own)
        if (await permits.may(action.permission(target), target)).allowed:
            return Check("ok", name, f"yes, in namespace {own} only")
    return Check("warn", name, answer.reason, "The command stays refused; looking works.")


async def _reading(permits: Permits, kind: Kind, namespace: str | None, own: str) -> Check:
    where = f" in {namespace}" if namespace and kind.namespaced else ""
    name = f"read {kind.plural}{where}"
    denied = await _denied(permits, kind, namespace or "" if kind.namespaced else "")
    if not denied:
        return Check("ok", name, "list, watch")
    if kind.namespaced and not namespace and own and not await _denied(permits, kind, own):
        return Check("ok", name, f"list, watch; in namespace {own} only")
    if denied == ["watch"]:
        return Check("warn", name, "you may list and not watch", "It is read anew now and then.")
    other = ", or start with -n NAMESPACE" if kind.namespaced and not namespace else ""
    advice = f"Its panel stays empty; let an administrator grant it{other}."
    return Check("warn", name, f"you may not {' and '.join(denied)}", advice)


async def _denied(permits: Permits, kind: Kind, namespace: str) -> list[str]:
    """Return the verbs that reading needs and that are not granted there."""
    group = kind.path.split("/")[2] if kind.path.startswith("/apis/") else ""
    target = Target(kind=kind.plural, namespace=namespace, name="", uid="")
    answers = {verb: await permits.may(Permission(verb, group, kind.plural), target) for verb in ("list", "watch")}
    return [verb for verb, answer in answers.items() if not answer.allowed]


async def _metrics(connection: Connection) -> Check:
    try:
        await connection.api.request("GET", "/apis/metrics.k8s.io/v1beta1/nodes")
    except NotFound:
        return Check("warn", "metrics", "there is no metrics API", "On microk8s: microk8s enable metrics-server")
    except SpottuiError as error:
        return Check("warn", "metrics", str(error), "Usage stays unknown.")
    return Check("ok", "metrics", "metrics.k8s.io answers")


async def _argocd(connection: Connection, namespace: str | None) -> AsyncIterator[Check]:
    try:
        path = KINDS["applications"].list_path(namespace)
        apps = decode_list("applications", await connection.api.request("GET", path, timeout=30.0)).records
    except NotFound:
        yield Check("warn", "argo cd", "this cluster has no Applications", "Install Argo CD to use GitOps.")
        return
    except SpottuiError as error:
        yield Check("warn", "argo cd", str(error))
        return
    compared = [app.reconciled_at for app in apps if isinstance(app, Application) and app.reconciled_at]
    yield _compared(len(apps), max(compared, default=None))
    yield await _controller(connection)


def _compared(count: int, newest: float | None) -> Check:
    text = f"{count} Applications"
    if not count:
        return Check("ok", "argo cd", text)
    if newest is None:
        return Check("warn", "argo cd", f"{text}, none was ever compared", "Look at Argo CD's controller.")
    quiet = clock.now() - newest
    text += f", last compared {clock.age(newest, clock.now())} ago"
    if quiet > QUIET:
        return Check("warn", "argo cd", text, "Its controller seems not to work, or cannot reach git.")
    return Check("ok", "argo cd", text)


async def _controller(connection: Connection) -> Check:
    try:
        body = await connection.api.request("GET", "/api/v1/pods", query=(("labelSelector", CONTROLLER),))
        pods = [pod for pod in decode_list("pods", body).records if isinstance(pod, Pod)]
    except SpottuiError as error:
        return Check("warn", "argo cd controller", str(error))
    if not pods:
        return Check("warn", "argo cd controller", "no pod of it is here", "Nothing syncs without it.")
    words = [f"{pod.name} {pod_status(pod).word} for {clock.age(pod.started_at, clock.now())}" for pod in pods]
    if any(pod_status(pod).tone == "bad" for pod in pods):
        return Check("warn", "argo cd controller", ", ".join(words), "Nothing syncs until it runs.")
    return Check("ok", "argo cd controller", ", ".join(words))
