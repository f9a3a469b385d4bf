"""For every act of the registry: its target in the whole robot, its options, and what must be so before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from spottui.actions.registry import ACTIONS, by_id
from spottui.records import Target
from spottui.sim.resources import resource

from .world import World

Prepare = Callable[[World], Awaitable[None]]


async def as_it_is(world: World) -> None:
    """Change nothing."""


@dataclass(frozen=True)
class Scene:
    """How one act is played."""

    kind: str
    start: str = ""
    """How the target's name begins."""
    options: Mapping[str, Any] = field(default_factory=dict)
    prepare: Prepare = as_it_is


async def earlier(world: World, *acts: tuple[str, str, str, dict[str, Any]]) -> None:
    """Have the administrator do these before: action, kind, start of the name, options."""
    admin = world.operator("admin")
    for action, kind, start, options in acts:
        await admin.perform(action, world.target(kind, start), options)
    await admin.close()
    for path in world.folder.glob("audit-*"):
        path.unlink()
    world.sent.clear()


def after(*acts: tuple[str, str, str, dict[str, Any]]) -> Prepare:
    """Return what has these done before."""

    async def prepare(world: World) -> None:
        await earlier(world, *acts)

    return prepare


async def with_a_terminal(world: World) -> None:
    """Give cam's container a terminal."""
    container = {"name": "cam", "image": "registry.example/cam:1", "stdin": True, "tty": True}
    target = world.target("Deployment", "cam")
    found = next(one for one in world.objects("Deployment") if one["metadata"]["name"] == target.name)
    name = found["spec"]["template"]["spec"]["containers"][0]["name"]
    await world.change(target, {"spec": {"template": {"spec": {"containers": [{**container, "name": name}]}}}})
    await world.step(30)


async def with_a_job(world: World) -> None:
    """Let the CronJob run once."""
    await world.step(150)


async def with_a_secret(world: World) -> None:
    """Lay a Secret down."""
    body = {"metadata": {"name": "login", "namespace": "robot"}, "type": "Opaque", "data": {"a": "Yg=="}}
    world.parts.objects.create(resource("secrets"), body)


async def with_an_operation(world: World) -> None:
    """Start a sync that hangs: the uplink to git is gone in the middle of it."""
    nav = world.target("Application", "nav")
    operation = {
        "operation": {"initiatedBy": {"username": "ana"}, "sync": {"revision": "nowhere"}, "retry": {"limit": 90}}
    }
    await world.change(nav, operation)
    await world.step(1.5)


async def with_a_stuck_operation(world: World) -> None:
    """Leave an operation that ends while nobody is there to end it, for an hour."""
    await with_an_operation(world)
    world.stop_argo()
    await world.change(world.target("Application", "nav"), {"status": {"operationState": {"phase": "Terminating"}}})
    await world.step(3600)


SYNCED = ("application.sync", "Application", "nav", {})
SCALED = ("workload.scale", "Deployment", "cam", {"replicas": 2})
STOPPED = ("workload.stop", "Deployment", "cam", {})
NEWER = ("workload.set-image", "Deployment", "cam", {"image": "registry.example/cam:2"})

SCENES: dict[str, Scene] = {
    "workload.restart": Scene("Deployment", "cam"),
    "workload.scale": Scene("Deployment", "cam", {"replicas": 2}),
    "workload.stop": Scene("Deployment", "cam"),
    "workload.start": Scene("Deployment", "cam", {}, after(STOPPED)),
    "workload.pause": Scene("Deployment", "cam"),
    "workload.resume": Scene("Deployment", "cam", {}, after(("workload.pause", "Deployment", "cam", {}))),
    "workload.undo": Scene("Deployment", "cam", {"revision": 1}, after(NEWER)),
    "workload.set-image": Scene("Deployment", "cam", {"image": "registry.example/cam:2"}),
    "workload.duplicate": Scene("Deployment", "cam"),
    "workload.delete": Scene("Deployment", "cam"),
    "pod.restart": Scene("Pod", "cam"),
    "pod.delete": Scene("Pod", "cam"),
    "pod.evict": Scene("Pod", "cam"),
    "pod.debug": Scene("Pod", "cam"),
    "pod.delete-grace": Scene("Pod", "cam", {"grace": 5}),
    "pod.force-delete": Scene("Pod", "cam"),
    "pod.shell": Scene("Pod", "cam"),
    "pod.run": Scene("Pod", "cam", {"words": "ls /"}),
    "pod.attach": Scene("Pod", "cam", {}, with_a_terminal),
    "pod.port-forward": Scene("Pod", "cam", {"port": "8080"}),
    "node.cordon": Scene("Node", "core-io"),
    "node.uncordon": Scene("Node", "core-io", {}, after(("node.cordon", "Node", "core-io", {}))),
    "node.drain": Scene("Node", "core-io", {"empty_dir": True, "unmanaged": True, "daemons": True}),
    "node.provision": Scene("Node", "core-io", {"shim": "wasmedge-v1"}),
    "cronjob.trigger": Scene("CronJob", "report"),
    "cronjob.suspend": Scene("CronJob", "report"),
    "cronjob.resume": Scene("CronJob", "report", {}, after(("cronjob.suspend", "CronJob", "report", {}))),
    "job.rerun": Scene("Job", "report", {}, with_a_job),
    "application.sync": Scene("Application", "nav"),
    "application.sync-dry-run": Scene("Application", "nav"),
    "application.sync-options": Scene("Application", "nav", {"flags": ["server_side"]}),
    "application.sync-prune": Scene("Application", "nav"),
    "application.sync-force": Scene("Application", "nav", {"flags": ["force"]}),
    "application.refresh": Scene("Application", "nav"),
    "application.hard-refresh": Scene("Application", "nav"),
    "application.rollback": Scene("Application", "nav", {}, after(SYNCED)),
    "application.terminate": Scene("Application", "nav", {}, with_an_operation),
    "application.force-clear": Scene("Application", "nav", {}, with_a_stuck_operation),
    "application.auto-sync-on": Scene("Application", "nav"),
    "application.auto-sync-off": Scene(
        "Application", "nav", {}, after(("application.auto-sync-on", "Application", "nav", {}))
    ),
    "application.self-heal-on": Scene(
        "Application", "nav", {}, after(("application.auto-sync-on", "Application", "nav", {}))
    ),
    "application.self-heal-off": Scene(
        "Application",
        "nav",
        {},
        after(
            ("application.auto-sync-on", "Application", "nav", {}),
            ("application.self-heal-on", "Application", "nav", {}),
        ),
    ),
    "application.delete": Scene("Application", "nav", {"cascade": "background"}),
    "secret.reveal": Scene("Secret", "login", {}, with_a_secret),
}
"""By action id; every act has one."""


def target_of(world: World, action: str) -> Target:
    """Return what an act is aimed at."""
    scene = SCENES[action]
    return world.target(scene.kind, scene.start)


def all_acts() -> list[str]:
    """Return the ids of all acts of the registry."""
    return [action.id for action in ACTIONS]


__all__ = ["SCENES", "Scene", "all_acts", "by_id", "target_of"]
