"""Ways between the Timeline and the other screens: to an object's row, and to one object's history."""

from __future__ import annotations

from typing import Any

from spottui.records import Target
from spottui.store import Store
from spottui.store_kinds import WORKLOAD_KINDS

SCREENS = {
    "Pod": ("workloads", "pods"),
    "Node": ("nodes", "nodes"),
    "Application": ("gitops", "applications"),
    "SpinApp": ("wasm", "spinapps"),
    "Robot": ("robot", ""),
    "Link": ("links", ""),
    "Probe": ("links", ""),
    "Host": ("host", ""),
    **dict.fromkeys(
        ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"), ("workloads", "owners")
    ),
}
"""Kind of a target -> the screen that shows it, and the table of that screen."""
WITHOUT_ROW = ("Robot", "Link", "Probe", "Host")
"""Kinds that have a screen but no row of a table."""


async def jump(screen: Any, target: Target) -> str:
    """Show an object on its screen with its row selected; return why that cannot be done, empty when it was."""
    if target.kind not in SCREENS:
        return f"No screen here shows a {target.kind}."
    name, table = SCREENS[target.kind]
    uid = target.uid
    if target.kind not in WITHOUT_ROW:
        uid = shown_uid(screen.parts.store, target)
        if not uid:
            where = f" in {target.namespace}" if target.namespace else ""
            return f"{target}{where} is gone."
    await screen.app.run_action(f"app.show_screen({name!r}, {table!r})")
    there = screen.app.screen
    if target.kind in WITHOUT_ROW or there.name != name:
        return ""
    there.parts.only_unhealthy, there.parts.namespace = False, ""  # whatever narrows the table would hide the row
    there.table().set_filter("")
    there.show_all()
    return "" if there.table().select(uid) else f"{target} is there, but its row cannot be shown."


def shown_uid(store: Store, target: Target) -> str:
    """Return the UID of the row that shows a target: its own, or its owner's; empty when it is gone."""
    kinds = {"Pod": "pods", "Node": "nodes", "Application": "applications", "SpinApp": "spinapps"}
    if target.kind in kinds:
        return target.uid if target.uid in store.objects(kinds[target.kind]) else ""
    workload = store.workload(target.uid)
    for _ in WORKLOAD_KINDS:  # a ReplicaSet and a Job of another are on no row of their own
        if workload is None or workload.owner is None or workload.kind not in ("ReplicaSet", "Job"):
            break
        workload = store.workload(workload.owner.uid)
    return workload.uid if workload is not None else ""


async def show_history(screen: Any, target: Target) -> None:
    """Show the Timeline of one object and its owners."""
    await screen.app.run_action("app.show_screen('timeline')")
    there = screen.app.screen
    if hasattr(there, "show_history"):
        there.show_history(target)
