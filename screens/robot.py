"""Robot: what the Spot does and carries, and whether it may be updated now; reads only, needs no cluster."""

from __future__ import annotations

from collections.abc import Sequence

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal

from spottui.events import LinkDown
from spottui.screens.base import MainScreen
from spottui.screens.confirm import ConfirmScreen
from spottui.screens.parts import Parts
from spottui.screens.robot_lines import now_sections
from spottui.screens.robot_lists import list_sections
from spottui.screens.robot_values import LABEL, Look, drawn
from spottui.screens.timeline_jump import show_history
from spottui.verdicts.changes_robot import ROBOT
from spottui.widgets.lines import Lines
from spottui.widgets.one_line import Part
from spottui.widgets.tones import Line

WIDE = 130
"""Cells from which on what is carried stands beside what is done."""

HOW_TO: Sequence[Line] = (
    (("No robot is configured.", "title"),),
    (),
    (("spottui shows the Kubernetes without one.", ""),),
    (("To see the Spot as well, name its address:", ""),),
    (),
    (("    spottui --robot 192.168.80.3", "accent"),),
    (),
    (("or put it into the settings file:", ""),),
    (),
    (("    [robot]", "accent"),),
    (('    address = "192.168.80.3"', "accent"),),
    (),
    (("Nothing on this screen commands the robot: it only reads.", "dim"),),
)


class RobotScreen(MainScreen):
    """Everything that is known of the robot, in one or two columns."""

    NAME = "robot"
    TOPICS = ("robot", "probes")
    BINDINGS = [
        Binding("A", "accept_pause", "take the paused mission for a stopped one", id="robot.accept-pause"),
        Binding("h", "history", "history: its Timeline", show=False, id="robot.history"),
    ]

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._left = Lines(id="robot-left", folds=True, indent=LABEL + 2)
        self._right = Lines(id="robot-right", folds=True, indent=LABEL + 2)

    def content(self) -> ComposeResult:
        with Horizontal(id="robot"):
            yield self._left
            yield self._right

    def on_mount(self) -> None:
        super().on_mount()
        self._left.focus()

    def on_resize(self) -> None:
        self.show_changes()

    def draw(self) -> None:
        left, right = self._columns(is_wide=self.size.width >= WIDE)
        self._right.display = bool(right)
        self._left.show(left)
        self._right.show(right)

    def tick(self, now: float) -> None:
        self.draw()

    def as_text(self) -> str:
        left, _ = self._columns(is_wide=False)
        return "\n".join("".join(text for text, _ in line) for line in left)

    def key_parts(self) -> list[Part]:
        keys = [Part((("j k" if self.parts.plain else "↑ ↓", "key"), (" scroll", "")), 3)]
        if self._is_paused():
            key = self.parts.keys.get("robot.accept-pause", "A").split(",")[0]
            keys.append(Part(((key, "key"), (" accept the pause", "")), 1, "A"))
        return keys

    def _is_paused(self) -> bool:
        watch = self.parts.store.watch
        mission = watch.robot.mission if watch.robot is not None else None
        return mission is not None and mission.status == "paused" and not watch.is_pause_accepted

    def action_history(self) -> None:
        """Show the Timeline of the robot."""
        self.run_worker(show_history(self, ROBOT), group="history")

    @work(group="pause")
    async def action_accept_pause(self) -> None:
        """Let a paused mission count as a stopped one for the update window; nothing is sent to the robot."""
        if not self._is_paused():
            self.say("No mission is paused, so there is nothing to accept.")
            return
        text = "Let the update window take this paused mission for a stopped one, until it goes on?"
        if await self.app.push_screen_wait(ConfirmScreen(text, yes="Accept the pause")):
            accepted = self.parts.store.accept_pause(self.parts.clock())
            self.say("The update window now goes by it." if accepted else "The mission is no longer paused.")
        self.show_changes()

    def _columns(self, *, is_wide: bool) -> tuple[Sequence[Line], Sequence[Line]]:
        store, now = self.parts.store, self.parts.clock()
        robot = store.robot
        if robot is None:
            return self._without_robot(), ()
        is_lost = "robot" in store.failures or isinstance(store.links.get("robot"), LinkDown)
        look = Look(now=now, plain=self.parts.plain, is_lost=is_lost)
        doing = drawn(now_sections(robot, store.watch.window(now), look), robot, look)
        carried = drawn(list_sections(robot, store.watch.diff if store.watch.profile else None, look), robot, look)
        return (doing, carried) if is_wide else ([*doing, *carried], ())

    def _without_robot(self) -> Sequence[Line]:
        store = self.parts.store
        if "robot" in store.failures:
            return [((store.failures["robot"].reason, "bad"),)]
        link = store.links.get("robot")
        if isinstance(link, LinkDown):
            return [(("The robot does not answer.", "title"),), (), ((link.reason, "bad"),)]
        if link is not None or self.parts.robot or self.parts.demo is not None:
            named = f"the robot {self.parts.robot}".rstrip()
            return [((f"Waiting for {named} to answer…", "dim"),)]
        return HOW_TO
