"""Writes Events: repeated ones are counted, old ones go, as in a real cluster."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Any

from spottui.sim.objects import Object, Objects, rfc3339
from spottui.sim.resources import Resource, resource
from spottui.sim.story_clock import StoryClock

EVENTS = resource("events")
TTL = 3600.0
"""Story seconds that an event is kept: kube-apiserver's --event-ttl."""
KEPT = 10_000
"""Events of one recorder at most; a real etcd would keep more."""
REMEMBERED = 4096
"""Different events that are counted up rather than written anew: the correlator's cache of a real client."""


class Recorder:
    """One component's voice."""

    def __init__(
        self, objects: Objects, clock: StoryClock, component: str, *, is_new_style: bool = False, ttl: float = TTL
    ) -> None:
        self._objects, self._clock, self._component = objects, clock, component
        self._is_new_style = is_new_style
        self._ttl = ttl
        self._known: OrderedDict[tuple[Any, ...], tuple[str, str]] = OrderedDict()
        self._written: deque[tuple[float, str, str]] = deque()
        self._sweeping = False
        self.is_quiet = False
        """Writes nothing while set: for a cluster that is made as if it had been there for long."""

    def record(
        self,
        about: Object,
        kind: Resource,
        reason: str,
        message: str,
        *,
        warning: bool = False,
        host: str = "",
        field: str = "",
        action: str = "",
    ) -> None:
        """Write an event about an object, or count a known one up."""
        if self.is_quiet:
            return
        type_ = "Warning" if warning else "Normal"
        meta = about["metadata"]
        key = (meta.get("uid"), reason, message, type_, field, host)
        known = self._known.get(key)
        now = self._objects.wall()
        if known and self._objects.change(EVENTS, *known, lambda event: self._count_up(event, now)):
            self._known.move_to_end(key)
            return
        event = self._made(meta, kind, reason, message, type_, now)
        if field:
            event["involvedObject"]["fieldPath"] = field
        if self._is_new_style:
            event.update(action=action, eventTime=micro(now), reportingInstance=f"{self._component}-spot", source={})
            event.update(count=None, firstTimestamp=None, lastTimestamp=None)
        elif host:
            event["source"]["host"] = event["reportingInstance"] = host
        made = self._objects.create(EVENTS, event)["metadata"]
        self._known[key] = (made["namespace"], made["name"])
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        self._keep(made["namespace"], made["name"])

    def _made(self, meta: Object, kind: Resource, reason: str, message: str, type_: str, now: float) -> Object:
        namespace = meta.get("namespace") or "default"
        about = {"kind": kind.kind, "apiVersion": kind.api_version, "name": meta["name"], "uid": meta.get("uid", "")}
        if kind.namespaced:
            about["namespace"] = namespace
        if "resourceVersion" in meta:
            about["resourceVersion"] = meta["resourceVersion"]
        stamp = rfc3339(now)
        return {
            "metadata": {"name": f"{meta['name']}.{self._objects.hexadecimal(16)}", "namespace": namespace},
            "involvedObject": about,
            "reason": reason,
            "message": message[:1024],
            "source": {"component": self._component},
            "firstTimestamp": stamp,
            "lastTimestamp": stamp,
            "count": 1,
            "type": type_,
            "eventTime": None,
            "reportingComponent": self._component,
            "reportingInstance": "",
        }

    def _count_up(self, event: Object, now: float) -> None:
        if self._is_new_style:
            count = (event.get("series") or {}).get("count", 1)
            event["series"] = {"count": count + 1, "lastObservedTime": micro(now)}
            return
        event["count"] = (event.get("count") or 1) + 1
        event["lastTimestamp"] = rfc3339(now)

    def _keep(self, namespace: str, name: str) -> None:
        self._written.append((self._clock.now() + self._ttl, namespace, name))
        if len(self._written) > KEPT:
            _, *oldest = self._written.popleft()
            self._objects.remove(EVENTS, *oldest)
        if not self._sweeping:
            self._sweeping = True
            self._clock.call_later(self._ttl, self._sweep)

    def _sweep(self) -> None:
        now = self._clock.now()
        while self._written and self._written[0][0] <= now:
            _, *oldest = self._written.popleft()
            self._objects.remove(EVENTS, *oldest)
        self._sweeping = bool(self._written)
        if self._written:
            self._clock.call_later(max(1.0, self._written[0][0] - now), self._sweep)


def micro(seconds: float) -> str:
    """Return a time as metav1.MicroTime writes it."""
    whole = rfc3339(seconds)
    return f"{whole[:-1]}.{int(seconds % 1 * 1e6):06d}Z"
