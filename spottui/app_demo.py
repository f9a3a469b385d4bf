"""`--demo`: starts the embedded robot as a process of its own, joins it as any robot, and ends it again.

The process goes with us, however we go: it holds the other end of a pipe, and on Linux the kernel tells it too.
Imports nothing heavy: the robot starts beside our own imports.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spottui.errors import BadConfig
from spottui.private_file import open_private

if TYPE_CHECKING:
    from spottui.app_cluster import Joined
    from spottui.settings import Settings

READY_WITHIN = 120.0
"""Seconds that the embedded robot may take to start; with many thousand pods it needs some."""
END_WITHIN = 3.0
_LEADS_AWAY = re.compile(r"(?i)_proxy$|^KUBE|^BOSDYN_")
"""Variables that name another cluster, another robot or another way."""
STARTING = "starting the embedded robot…"


class DemoRobot:
    """The embedded robot's process; start it from the main thread, as the kernel binds its life to that thread."""

    def __init__(self, arguments: Sequence[str], log_file: Path) -> None:
        """Start the process; `arguments` are those of `python -m spottui.sim`.

        Raises:
            BadConfig: It cannot be started.
        """
        self.told: Mapping[str, Any] = {}
        """What it said when it was ready; empty before."""
        self._environ: dict[str, str] = {}
        try:
            self.folder = Path(tempfile.mkdtemp(prefix="spottui-demo-"))
        except OSError as error:
            raise BadConfig(f"The embedded robot needs a folder for temporary files: {error}.") from error
        self._errors = self.folder / "errors"
        command = [sys.executable, "-m", "spottui.sim", "--with-parent", "--folder", str(self.folder)]
        command += ["--log-file", str(_log_file(log_file, self.folder)), *arguments]
        try:
            with open(self._errors, "wb") as errors:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    start_new_session=True,  # the terminal's ctrl-c and hang-up are ours alone
                )
        except OSError as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise BadConfig(f"The embedded robot cannot be started: {error}.") from error

    def environ_of(self, environ: Mapping[str, str]) -> Mapping[str, str]:
        """Return the environment without what leads elsewhere; the way to the robot's git servers comes in later."""
        self._environ.update({name: value for name, value in environ.items() if not _LEADS_AWAY.search(name)})
        return self._environ

    def until_ready(self) -> None:
        """Wait for the line that says that it is ready; blocks.

        Raises:
            BadConfig: It ended before; its own sentence.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        try:
            self.told = json.loads(line)
        except ValueError:
            raise BadConfig(self._why_not()) from None

    def _why_not(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_WITHIN)
        try:
            said = self._errors.read_text(errors="replace").strip().splitlines()
        except OSError:
            said = []
        last = said[-1].removeprefix("spottui sim: ") if said else f"it ended with status {self._process.returncode}."
        return f"The embedded robot did not start: {last}"

    def line(self) -> str:
        """Return how the robot is, in a few words; empty while all is well."""
        if (status := self._process.poll()) is not None:
            return f"the embedded robot has ended (status {status}): leave with q and start again"
        return "" if self.told else STARTING

    def stop(self) -> None:
        """End the process and take its files away; blocks for seconds at most, and may be called again."""
        process = self._process
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
        for end in (lambda: None, process.terminate, process.kill):
            end()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(END_WITHIN)
                break
        if process.stdout is not None:
            process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        if note := self.told.get("note"):  # one that was killed has left it
            with contextlib.suppress(OSError):
                Path(note).unlink(missing_ok=True)

    async def join(
        self, settings: Settings, *, environ: Mapping[str, str], home: Path, clock: Callable[[], float]
    ) -> Joined:
        """Wait until the robot is ready, then join it; see `spottui.app_cluster.join_cluster`."""
        import asyncio
        from concurrent.futures import ThreadPoolExecutor

        from spottui.app_cluster import join_cluster

        if not self.told:
            with ThreadPoolExecutor(1, thread_name_prefix="demo") as pool:
                waiting = asyncio.get_running_loop().run_in_executor(pool, self.until_ready)
                try:
                    async with asyncio.timeout(READY_WITHIN):
                        await waiting
                except TimeoutError:
                    self._process.kill()  # ends the wait in the pool as well
                    raise BadConfig(f"The embedded robot was not ready after {READY_WITHIN:.0f} s.") from None
                except asyncio.CancelledError:
                    self._process.kill()
                    raise
        settings = settings_for(settings, self.told)
        joined = await join_cluster(settings, environ={}, home=self.folder, clock=clock)
        self._environ["HTTPS_PROXY"] = self.told["proxy"]
        from spottui.app_robot_source import robot_sources

        joined.others += robot_sources(settings, self._environ, clock)
        return joined


def demo_arguments(context: click.Context, demo: bool, scenario: str | None, pods: int | None) -> list[str]:
    """Return the arguments of the embedded robot's process.

    Raises:
        UsageError: The flags do not go together.
    """
    if not demo:
        raise click.UsageError("--scenario and --pods are for the embedded robot: add --demo.")
    for flag, name in (("--kubeconfig", "cluster__kubeconfig"), ("--robot", "robot__address")):
        if context.params.get(name):
            raise click.UsageError(f"--demo brings its own robot: leave out {flag}, or leave out --demo.")
    if context.invoked_subcommand is not None:
        said = 'start the embedded robot with "spottui sim" and give its kubeconfig to the command.'
        raise click.UsageError(f"--demo opens the full screen; for {context.invoked_subcommand}, {said}")
    return [*(("--scenario", scenario) if scenario else ()), *(("--pods", str(pods)) if pods else ())]


def check_scenario(arguments: Sequence[str]) -> None:
    """Read the scenario that the embedded robot is asked to play, while its process starts.

    Raises:
        BadConfig: It cannot be used; said before the screen is drawn rather than on it.
    """
    from spottui.sim.scenario import ScenarioError
    from spottui.sim.scenario_check import load

    if "--scenario" in arguments:
        try:
            load(arguments[arguments.index("--scenario") + 1])
        except ScenarioError as error:
            raise BadConfig(str(error)) from error


def _log_file(spottui_log: Path, folder: Path) -> Path:
    """Return where the robot's own log goes: beside spottui's, else into its folder."""
    wanted = spottui_log.with_name("simulator.log")
    try:
        os.close(open_private(wanted))
    except OSError:
        return folder / "simulator.log"
    return wanted


def settings_for(settings: Settings, told: Mapping[str, Any]) -> Settings:
    """Return the settings with the embedded robot's addresses; flags count, the file's own robot does not."""
    origins, cluster = settings.origins, settings.cluster
    nobody = dict.fromkeys(("address", "ca", "username", "password_file", "payload_credentials"))
    robot = replace(settings.robot, **nobody, profile=Path(__file__).parent / "sim" / "profile.toml")
    if told:
        place, credentials = told["robot"], told["credentials"]
        robot = replace(
            robot,
            address=f"{place['address']}:{place['port']}",
            ca=Path(told["ca"]),
            username=credentials["username"],
            password_file=Path(credentials["password_file"]),
        )
    return replace(
        settings,
        robot=robot,
        cluster=replace(
            cluster,
            kubeconfig=Path(told["kubeconfig"]) if told else None,
            context=cluster.context if origins["cluster.context"] == "flag" else None,
            namespace=cluster.namespace if origins["cluster.namespace"] == "flag" else None,
        ),
    )
