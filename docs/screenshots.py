"""Makes the pictures of the README: the real program, looking at the embedded robot. Run it with `make screenshots`."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from spottui import clock
from spottui.app import SpottuiApp, build_app
from spottui.app_demo import DemoRobot
from spottui.config import load
from spottui.verdicts.pod_status import pod_status

FOLDER = Path(__file__).parent / "screenshots"
SIZE = (110, 30)
PATIENCE = 120.0
"""Seconds to wait for what a picture is to show; the robot's story needs about 40 to come to its troubles."""
TROUBLES = ("OOMKilled", "CrashLoopBackOff")


async def until(holds: Callable[[], object], pilot: Pilot[None]) -> None:
    """Let the program work until `holds`; raises TimeoutError when it does not in time."""
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await pilot.pause(0.2)


async def take(app: SpottuiApp) -> None:
    """Press the keys and save the pictures."""
    async with app.run_test(size=SIZE) as pilot:
        store = app.store
        await until(lambda: store.pods and store.applications and store.robot and store.host, pilot)
        await until(lambda: any(pod_status(pod).word in TROUBLES for pod in store.pods.values()), pilot)
        for name, keys in (("overview", ""), ("workloads", "3"), ("gitops", "5"), ("robot", "7"), ("timeline", "9")):
            await pilot.press(*keys)
            await pilot.pause(2.0)
            picture = re.sub(r"@font-face \{.*?\}", "", app.export_screenshot(title="spottui"), flags=re.DOTALL)
            (FOLDER / f"{name}.svg").write_text(picture)  # without the fonts that a reader's browser would fetch
            print(FOLDER / f"{name}.svg")


def main() -> None:
    """Start the embedded robot, take the pictures, end it."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        environ = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        settings = load(
            environ=environ, home=Path(home), folder=Path(home), config_file=None, flags={"ui.ascii": False}
        )
        demo = DemoRobot([], settings.log.file)
        try:
            asyncio.run(take(build_app(settings, environ=environ, home=Path(home), clock=clock.now, demo=demo)))
        finally:
            demo.stop()


if __name__ == "__main__":
    main()
