"""Reads what each Argo CD is set to (its ConfigMap argocd-cm) by name: listing ConfigMaps is mostly not permitted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any
from urllib.parse import quote

import msgspec

from spottui.clients import PathClient
from spottui.errors import Forbidden, NotFound, SpottuiError
from spottui.events import ArgoSettingsHeard
from spottui.records_argocd import ArgoSettings, GlobalProject, Requirement
from spottui.sources.kube_raw_values import UNREADABLE
from spottui.sources.spender import SPENDER
from spottui.sources.text import clean

CONFIG = "argocd-cm"
PERIOD = 300.0
"""Seconds between two readings."""
LOOK_EVERY = 5.0
"""Seconds between two looks for an Argo CD that is not read yet: looking costs no request."""
AGAIN = 30.0
"""Seconds until the next try after one without an answer."""
LONGEST = 1 << 18
"""Characters of YAML that are read: PyYAML takes a second for them."""
RESYNC, JITTER = 120.0, 60.0
"""Argo CD's own, where nothing is set."""
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


class _ConfigMap(msgspec.Struct):
    data: dict[str, str] | None = None


class ArgocdSettingsSource:
    """Reads the settings of every Argo CD whose namespace is known, now and then; none at all costs nothing."""

    name = "argocd-settings"

    def __init__(
        self,
        api: PathClient,
        clock: Callable[[], float],
        namespaces: Callable[[], Iterable[str]],
        *,
        monotonic: Callable[[], float] | None = None,
        sleep: Callable[[float], Any] = asyncio.sleep,
    ) -> None:
        self._api, self._clock, self._namespaces, self._sleep = api, clock, namespaces, sleep
        self._monotonic = monotonic or (lambda: asyncio.get_running_loop().time())
        self._due: dict[str, float] = {}
        self._heard: set[str] = set()

    async def events(self) -> AsyncIterator[ArgoSettingsHeard]:
        """Yield what was read until cancelled."""
        SPENDER.set(self.name)
        while True:
            for namespace in sorted(set(self._namespaces())):
                if self._due.get(namespace, 0.0) <= self._monotonic():
                    settings = await self._read(namespace)
                    if settings is not None:
                        yield ArgoSettingsHeard(settings)
            await self._sleep(LOOK_EVERY)

    async def _read(self, namespace: str) -> ArgoSettings | None:
        """Return what one Argo CD is set to; None: no answer, and what was heard before stays."""
        path = f"/api/v1/namespaces/{quote(namespace, safe='')}/configmaps/{CONFIG}"
        pause = PERIOD
        try:
            body = await self._api.request("GET", path, timeout=10.0)
            found: ArgoSettings | None = await asyncio.to_thread(settings_of, namespace, body, self._clock())
            self._heard.add(namespace)
        except NotFound:  # then nothing is set
            found = ArgoSettings(namespace=namespace, heard_at=self._clock(), global_projects=())
            self._heard.add(namespace)
        except SpottuiError as error:
            if not isinstance(error, Forbidden):
                pause = AGAIN
            found = None
            if isinstance(error, Forbidden) or namespace not in self._heard:
                found = ArgoSettings(namespace=namespace, heard_at=self._clock(), why=str(error))
        self._due[namespace] = self._monotonic() + pause
        return found


def settings_of(namespace: str, body: bytes, heard_at: float) -> ArgoSettings:
    """Return the settings that a ConfigMap holds; blocks for as long as its YAML is long."""
    try:
        data = msgspec.json.decode(body, type=_ConfigMap).data or {}
    except UNREADABLE as error:
        why = f"{CONFIG} in {namespace} cannot be read: {clean(str(error), 120)}."
        return ArgoSettings(namespace=namespace, heard_at=heard_at, why=why)
    resync = _seconds(data.get("timeout.reconciliation", ""), RESYNC)
    text = data.get("globalProjects", "")
    is_long = len(text) > LONGEST
    return ArgoSettings(
        namespace=namespace,
        heard_at=heard_at,
        global_projects=None if is_long else global_projects(text),
        why=f"globalProjects of {CONFIG} in {namespace} is longer than {LONGEST} characters." if is_long else "",
        resync=resync or None,
        jitter=_seconds(data.get("timeout.reconciliation.jitter", ""), JITTER),
    )


def global_projects(text: str) -> tuple[GlobalProject, ...]:
    """Return the entries of `globalProjects`; none at all where Argo CD cannot read it, as it then counts none."""
    if not text.strip():
        return ()
    import yaml  # only now: most clusters have no global projects

    try:
        value = yaml.safe_load(text)
        rows = msgspec.convert(value, type=list[_Entry] | None)
    except (yaml.YAMLError, RecursionError, ValueError):
        return ()
    return tuple(_entry(row) for row in rows or ())


class _Expression(msgspec.Struct):
    key: str = ""
    operator: str = ""
    values: list[str] | None = None


class _Selector(msgspec.Struct, rename="camel"):
    match_labels: dict[str, str] | None = None
    match_expressions: list[_Expression] | None = None


class _Entry(msgspec.Struct, rename="camel"):
    project_name: str = ""
    label_selector: _Selector | None = None


def _entry(row: _Entry) -> GlobalProject:
    """Return an entry as it is: a label that is cut or cleaned would fit another project."""
    selector = row.label_selector or _Selector()
    return GlobalProject(
        project=row.project_name,
        labels=tuple((selector.match_labels or {}).items()),
        requirements=tuple(
            Requirement(key=each.key, operator=each.operator, values=tuple(each.values or ()))
            for each in selector.match_expressions or ()
        ),
    )


def _seconds(text: str, otherwise: float) -> float:
    """Return a Go duration like "180s" or "2m30s"; `otherwise` where it is none."""
    rest, total = text.strip(), 0.0
    if not rest:
        return otherwise
    if rest == "0":
        return 0.0
    while rest:
        number = rest[: len(rest) - len(rest.lstrip("0123456789."))]
        rest = rest[len(number) :]
        unit = rest[: len(rest) - len(rest.lstrip("hms"))]
        rest = rest[len(unit) :]
        try:
            total += float(number) * _UNITS[unit]
        except (ValueError, KeyError):
            return otherwise
    return total
