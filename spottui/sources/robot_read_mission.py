"""Decodes the mission service's answers into records; calls nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spottui.records_mission import Mission, MissionQuestion, MissionText
from spottui.sources import robot_words as words
from spottui.sources.robot_read_state import text
from spottui.sources.robot_words import word_for

RUNNING = 2
"""bosdyn.api.mission.Result RESULT_RUNNING."""
TEXTS_KEPT = 50
NODES_KEPT = 20000

Nodes = Mapping[int, tuple[str, int]]
"""Node id -> its name and its depth in the tree."""


def read_mission_id(state: Any) -> int | None:
    """Return the id of the loaded mission; None when none is loaded."""
    return None if state.mission_id < 0 else state.mission_id


def read_nodes(info: Any) -> tuple[str, Nodes]:
    """Return the name of a mission (MissionInfo) and its nodes."""
    root = info.root
    nodes: dict[int, tuple[str, int]] = {}
    waiting = [(root, 0)]
    while waiting and len(nodes) < NODES_KEPT:
        node, depth = waiting.pop()
        nodes[node.id] = (text(node.name, 160), depth)
        waiting += [(child, depth + 1) for child in node.children]
    return text(root.name, 160), nodes


def read_mission(state: Any, name: str, nodes: Nodes) -> Mission:
    """Return the mission of a mission.State; `name` and `nodes` are of the mission that is loaded."""
    return Mission(
        status=word_for(words.MISSION, state.status),
        id=read_mission_id(state),
        name=name,
        step=_step(state, nodes),
        error=text(state.error),
        texts=tuple(_text(each) for each in state.active_mission_text[:TEXTS_KEPT]),
        questions=tuple(_question(each) for each in state.questions[:TEXTS_KEPT]),
    )


def _step(state: Any, nodes: Nodes) -> str:
    """Return the name of the deepest node that runs in the newest tick; empty when nobody knows it."""
    if not state.history:
        return ""
    running = [each.id for each in state.history[0].node_states if each.result == RUNNING and each.id in nodes]
    deepest = max(running, key=lambda each: nodes[each][1], default=None)
    return "" if deepest is None else nodes[deepest][0]


def _text(each: Any) -> MissionText:
    return MissionText(text(each.text), word_for(words.ALERT, each.severity))


def _question(each: Any) -> MissionQuestion:
    return MissionQuestion(
        id=each.id,
        text=text(each.text),
        source=text(each.source, 160),
        options=tuple(text(option.text, 120) for option in each.options[:TEXTS_KEPT]),
        severity=word_for(words.ALERT, each.severity),
        for_autonomous_processing=each.for_autonomous_processing,
    )
