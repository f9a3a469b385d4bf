"""Makes a short list of many findings: what has one cause is one line, and what counts most stands first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from spottui.records import Finding, Pod, Workload
from spottui.records_argocd import Application
from spottui.records_wasm import SpinApp

CRITICAL = "spottui.dev/critical"
"""Label or annotation of a workload or of its pods: the robot cannot do its work without it."""
TRACKING = "argocd.argoproj.io/tracking-id"
INSTANCE = "app.kubernetes.io/instance"

FOLD_FROM = 6
"""Owners in trouble of one kind from which on they are one line."""
NAMED = 3
"""Owners named in such a line."""
KEY = "3 pods"


def critical(thing: Workload | Pod) -> bool:
    """Whether the robot cannot do without it, by label or annotation; "false" and "0" say that it can."""
    value = thing.annotations.get(CRITICAL) or thing.labels.get(CRITICAL) or ""
    return value.strip().casefold() not in ("", "false", "no", "0")


def rank(finding: Finding, now: float) -> tuple[bool, bool, float, str]:
    """Return what findings are sorted by: critical ones, then bad ones, then those that last longest."""
    since = now if finding.since is None else finding.since
    return (not finding.is_critical, finding.severity != "bad", since, finding.id)


def folded(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield the findings, those of many owners that fail in the same way as one; critical ones stay apart."""
    groups: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    for one in findings:
        if one.is_critical:
            yield one
        else:
            groups[one.code or _word(one), one.severity].append(one)
    for (code, severity), group in groups.items():
        if len(group) < FOLD_FROM:
            yield from group
        else:
            yield _together(f"many:{code}:{severity}", group)


def _word(finding: Finding) -> str:
    """Return the status word without its numbers: "1 of 3 ready" and "0 of 2 ready" are one trouble."""
    return "".join(letter for letter in finding.text.partition(":")[0] if not letter.isdigit())


def _together(id: str, group: list[Finding]) -> Finding:
    group = sorted(group, key=lambda one: (one.since is None, one.since or 0.0, one.id))
    names = ", ".join(one.subject for one in group[:NAMED])
    rest = len(group) - NAMED
    first = group[0]
    lead = first.text if first.text.endswith((".", "…", "!", "?")) else f"{first.text}."
    return replace(
        first,
        id=id,
        subject=f"{len(group)} workloads",
        text=f"{names} and {rest} more, likewise: {lead}",
        key=KEY,
        target=None,
    )


class Explained(Struct, frozen=True):
    """Applications that are degraded because of workloads that have a finding of their own."""

    apps: frozenset[str]
    """Their UIDs."""
    names: Mapping[str, str]
    """Id of a workload's finding -> the name of the Application that it degrades."""

    def told(self, finding: Finding) -> Finding:
        """Return the finding with a word on the Application that it degrades."""
        name = self.names.get(finding.id)
        if name is None:
            return finding
        return replace(finding, text=f"{finding.text.rstrip('.')}; app {name} is Degraded for it.")


def explained(
    applications: Iterable[Application],
    findings: Iterable[tuple[Workload | Pod | None, Finding]],
    spin_apps: Mapping[str, SpinApp],
) -> Explained:
    """Return which degraded Applications the findings explain; `spin_apps` by UID stand above their Deployments."""
    degraded = {app.name: app for app in applications if app.health == "Degraded"}
    names: dict[str, str] = {}
    for root, finding in findings if degraded else ():
        name = None if root is None else application_of(root, spin_apps)
        if name in degraded:
            names[finding.id] = name
    return Explained(frozenset(degraded[name].uid for name in names.values()), names)


def application_of(thing: Workload | Pod | SpinApp, spin_apps: Mapping[str, SpinApp] = {}) -> str:
    """Return the name of the Application that an object is tracked by; empty when nothing says so."""
    tracked = thing.annotations.get(TRACKING, "")
    if tracked:
        return tracked.partition(":")[0].rpartition("_")[2]  # "namespace_name" outside Argo CD's own namespace
    if instance := thing.labels.get(INSTANCE, ""):
        return instance
    owner = None if isinstance(thing, SpinApp) else thing.owner
    above = None if owner is None else spin_apps.get(owner.uid)
    return "" if above is None else application_of(above)
