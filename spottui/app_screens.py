"""The main screens by name, as the line of screens, the palette and the keys know them."""

from __future__ import annotations

from collections.abc import Mapping

from spottui.screens.base import MainScreen
from spottui.screens.gitops import GitOpsScreen
from spottui.screens.host import HostScreen
from spottui.screens.links import LinksScreen
from spottui.screens.lists import ListsScreen
from spottui.screens.no_cluster import NoClusterScreen
from spottui.screens.nodes import NodesScreen
from spottui.screens.overview import OverviewScreen
from spottui.screens.robot import RobotScreen
from spottui.screens.timeline import TimelineScreen
from spottui.screens.wasm import WasmScreen
from spottui.screens.workloads import WorkloadsScreen

MAIN_SCREENS: Mapping[str, type[MainScreen]] = {
    "overview": OverviewScreen,
    "nodes": NodesScreen,
    "workloads": WorkloadsScreen,
    "wasm": WasmScreen,
    "gitops": GitOpsScreen,
    "lists": ListsScreen,
    "links": LinksScreen,
    "robot": RobotScreen,
    "host": HostScreen,
    "timeline": TimelineScreen,
    "no-cluster": NoClusterScreen,
}
WITHOUT_CLUSTER = ("links", "robot", "host", "timeline")
"""Screens that work when there is no cluster to look at."""
