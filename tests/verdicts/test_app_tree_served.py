"""What argocd-server knows of a tree fills in what is not known here, and nothing else."""

from __future__ import annotations

from typing import Any

from spottui.records_argocd import TreeNode
from spottui.verdicts.app_health import Health
from spottui.verdicts.app_tree import TreeRow
from spottui.verdicts.app_tree_served import BY, Served

UNREAD = Health("?", "spottui does not read a Widget")


def row(kind: str, name: str, health: Health = UNREAD, **more: Any) -> TreeRow:
    known: dict[str, Any] = {"key": f"x/{kind}/robot/{name}", "depth": 0, "group": "x", "namespace": "robot"}
    return TreeRow(kind=kind, name=name, health=health, **{**known, **more})


def node(kind: str, name: str, *parents: str, **more: Any) -> TreeNode:
    known: dict[str, Any] = {"group": "x", "namespace": "robot", "uid": f"uid-{name}"}
    return TreeNode(kind=kind, name=name, parents=parents, **{**known, **more})


def test_an_unknown_health_is_that_of_argocd_server_and_says_so() -> None:
    (told,) = Served([node("Widget", "w", health="Degraded", health_message="no sensor", created_at=5.0)]).fill(
        [row("Widget", "w")]
    )
    assert (told.health, told.by, told.uid, told.created_at) == (Health("Degraded", "no sensor"), BY, "uid-w", 5.0)


def test_what_is_known_here_stays() -> None:
    rows = [row("Pod", "p", Health("Degraded", "CrashLoopBackOff"), uid="uid-p"), row("Widget", "other")]
    assert Served([node("Pod", "p", health="Healthy")]).fill(rows) == rows


def test_a_kind_that_argo_cd_does_not_judge_has_no_health() -> None:
    (told,) = Served([node("Widget", "w")]).fill([row("Widget", "w")])
    assert (told.health.word, told.by) == ("", BY)


def test_what_a_custom_kind_owns_stands_below_it_once() -> None:
    nodes = [
        node("Widget", "w", health="Healthy"),
        node("Gear", "b", "uid-w", health="Progressing"),
        node("Gear", "a", "uid-w", health="Healthy"),
        node("Cog", "c", "uid-a", "uid-b"),
        node("Own", "managed", "uid-w", health="Healthy"),
    ]
    rows = Served(nodes).fill([row("Widget", "w"), row("Own", "managed", Health("Healthy"))])
    assert [(one.depth, one.name, one.health.word) for one in rows] == [
        (0, "w", "Healthy"),
        (1, "a", "Healthy"),
        (2, "c", ""),
        (1, "b", "Progressing"),
        (0, "managed", "Healthy"),
    ]
    assert len({one.key for one in rows}) == len(rows)


def test_below_what_has_a_live_record_nothing_is_added() -> None:
    nodes = [node("CronJob", "c", health="Healthy"), node("Job", "j", "uid-c", health="Healthy")]
    rows = Served(nodes).fill([row("CronJob", "c", uid="uid-c")])
    assert [(one.name, one.health.word) for one in rows] == [("c", "Healthy")]


def test_a_circle_of_owners_ends() -> None:
    nodes = [node("Widget", "w", "uid-x", health="Healthy"), node("Gear", "x", "uid-w", "uid-x")]
    rows = Served(nodes).fill([row("Widget", "w")])
    assert [one.name for one in rows] == ["w", "x"]
