"""The commands on Applications as a script sees them: the answer on standard output, progress beside it, a status."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from spottui import __main__ as command_line
from spottui.sim.argo_builders import application, sync_window
from spottui.sim.objects import Object
from tests.argo_served import Field, in_the_field, write_kubeconfig
from tests.sim.argo_bench import APPS, CONFIG_MAPS, PROJECTS, REPO, config_map, hook
from tests.test_command_line import restored_logging  # noqa: F401

SPEED = 100.0
"""Story seconds per second: the simulated controller takes its time."""
CLOSED = {"kind": "deny", "schedule": "* * * * *", "duration": "24h"}


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be JSON and nothing else."""
        return json.loads(self.out)


class Served:
    """A cluster with Argo CD in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ready: Future[Field] = Future()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()), daemon=True)
        self._thread.start()
        self.site = self._ready.result(20)

    async def _serve(self) -> None:
        async with in_the_field(self.folder) as site:
            git = site.bench.git
            git.commit(REPO, {"nav": [config_map("settings", v="1")]}, "first")
            await site.bench.add("nav")
            await site.bench.start("nav")
            git.commit(REPO, {"nav": [config_map("settings", v="2")]}, "second")
            await site.bench.refresh("nav")
            site.bench.clock.speed = SPEED
            running = asyncio.create_task(site.bench.clock.run())
            self._ready.set_result(site)
            await self._stop.wait()
            running.cancel()

    def do(self, work: Callable[[Field], Any]) -> Any:
        """Do something in the cluster's own thread."""

        async def wrapped() -> Any:
            return work(self.site)

        return asyncio.run_coroutine_threadsafe(wrapped(), self._loop).result(10)

    def until(self, holds: Callable[[Field], object]) -> None:
        """Wait until something holds in the cluster."""

        deadline = time.monotonic() + 10
        while not self.do(holds):
            assert time.monotonic() < deadline, "it never came to that"
            time.sleep(0.005)

    def app(self, name: str = "nav") -> Object:
        return self.do(lambda site: site.bench.app(name))

    def edit(self, change: Callable[[Object], None], name: str = "nav") -> None:
        self.do(lambda site: site.bench.edit(change, name))

    def windows(self, *rows: Object) -> None:
        def change(project: Object) -> None:
            project["spec"]["syncWindows"] = list(rows)

        self.do(lambda site: site.bench.objects.change(PROJECTS, "argocd", "default", change))

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._loop.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    one = Served(tmp_path)
    yield one
    one.close()


@pytest.fixture
def spottui(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """Run the command line in this process against the served cluster."""
    for name in [name for name in os.environ if name.startswith(("SPOTTUI", "XDG", "KUBE", "ARGOCD"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USER", "ana")
    monkeypatch.setattr("spottui.actions.argocd_results._pauses", lambda: itertools.repeat(0.02))
    monkeypatch.setattr("spottui.actions.argocd_refresh._pauses", lambda: itertools.repeat(0.02))
    monkeypatch.setattr("spottui.actions.argocd_terminate.PAUSE", 0.02)

    def run(*words: str, kubeconfig: Path | None = None) -> Said:
        monkeypatch.setattr(sys, "argv", ["spottui", "--kubeconfig", str(kubeconfig or served.site.kubeconfig), *words])
        with pytest.raises(SystemExit) as ended:
            command_line.main()
        out, err = capsys.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    return run


def audit(tmp_path: Path) -> list[Any]:
    path = tmp_path / ".local/state/spottui/audit.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


# -- what is shown -----------------------------------------------------------------------------------------


def test_apps_are_a_table_and_as_json_everything_that_is_known(spottui: Callable[..., Said], served: Served) -> None:
    said = spottui("apps")
    assert (said.status, said.err) == (0, "")
    head, row = said.out.splitlines()
    assert head.split() == ["APPLICATION", "SYNC", "HEALTH", "OPERATION", "REVISION", "COMPARED", "AUTO", "BY", "HAND"]
    assert row.split()[:4] == ["argocd/nav", "OutOfSync", "Healthy", "Succeeded"] and row.endswith("allowed")
    served.windows(sync_window("deny", "* * * * *", "24h"))
    said = spottui("apps", "-o", "json")
    assert (said.status, said.err) == (0, "")
    assert said.json["schema"] == 1
    (app,) = said.json["applications"]
    assert (app["namespace"], app["name"], app["sync"], app["auto_sync"]) == ("argocd", "nav", "OutOfSync", False)
    assert app["sync_windows"]["manual"] is False and "is open" in app["sync_windows"]["reason"]
    assert app["out_of_sync"] == [
        {"group": "", "kind": "ConfigMap", "namespace": "nav", "name": "settings", "status": "OutOfSync"}
    ]
    assert app["operation"]["by"] == "ana" and app["compared_at"].endswith("Z")


def test_history_names_what_a_rollback_takes(spottui: Callable[..., Said], served: Served) -> None:
    assert spottui("sync", "nav").status == 0
    said = spottui("history", "argocd/nav")
    assert (said.status, said.err) == (0, "")
    head, newest, oldest = said.out.splitlines()
    assert head.split() == ["ID", "REVISION", "DEPLOYED", "BY"]
    assert newest.split()[0] == "1" and newest.endswith("(deployed)") and oldest.split()[0] == "0"
    rows = spottui("history", "nav", "-o", "json").json["history"]
    assert [(row["id"], row["is_deployed"], row["way_back"]) for row in rows] == [(1, True, False), (0, False, True)]
    assert len(rows[1]["revisions"][0]) == 40 and rows[1]["sources"][0]["path"] == "nav"


def test_diff_says_by_which_road_and_compares_with_what_was_applied_last(
    spottui: Callable[..., Said], served: Served
) -> None:
    def by_hand(site: Field) -> None:
        site.bench.objects.change(CONFIG_MAPS, "nav", "settings", lambda found: found["data"].update(v="9"))

    served.do(by_hand)
    said = spottui("diff", "nav")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("nav: OutOfSync at ")
    assert "against what was applied last (+)" in said.out and "argocd-server does" in said.out
    assert "change  ConfigMap nav/settings: OutOfSync" in said.out
    lines = [line.strip() for line in said.out.splitlines()]
    assert any(line.startswith("-") and "9" in line for line in lines)
    assert any(line.startswith("+") and "1" in line for line in lines)
    found = spottui("diff", "nav", "-o", "json").json
    assert (found["compared_with"], found["resources"][0]["change"]) == ("last-applied", "change")
    assert spottui("sync", "nav").status == 0
    assert "Nothing differs." in spottui("diff", "nav").out


# -- what is done ------------------------------------------------------------------------------------------


def test_a_sync_answers_on_standard_output_and_tells_its_progress_beside(
    spottui: Callable[..., Said], served: Served, tmp_path: Path
) -> None:
    def with_hook(site: Field) -> None:
        site.bench.job_seconds = 20.0  # a fifth of a second here: long enough to be seen
        site.bench.git.commit(REPO, {"nav": [hook("pre", "PreSync"), config_map("settings", v="3")]}, "third")

    served.do(with_hook)
    said = spottui("sync", "nav", "-o", "json")
    assert said.status == 0
    (result,) = said.json["results"]
    assert (result["name"], result["outcome"], result["sync"] is not None) == ("nav", "done", True)
    operation = result["operation"]
    assert (operation["phase"], operation["in_progress"]) == ("Succeeded", False)
    assert operation["by"].startswith("spottui:ana@")
    rows = {row["name"]: row for row in operation["resources"]}
    assert rows["settings"]["status"] == "Synced" and "configured" in rows["settings"]["message"]
    assert (rows["settings"]["hook"], rows["settings"]["hook_phase"]) == (None, None)
    assert (rows["pre"]["hook"], rows["pre"]["hook_phase"]) == ("PreSync", "Succeeded")
    assert "nav: waiting for completion of hook batch/Job/pre" in said.err.splitlines()
    assert [line["outcome"] for line in audit(tmp_path)] == ["asked", "asked", "done"]


def test_many_are_synced_together_and_summed_up(spottui: Callable[..., Said], served: Served) -> None:
    def add(site: Field) -> None:
        site.bench.git.commit(REPO, {"cam": [config_map("cam")], "nav": [config_map("settings", v="2")]}, "cam")
        site.bench.objects.create(APPS, application("cam", REPO, "cam", destination="nav"))

    served.do(add)
    served.until(lambda site: site.bench.status("cam").get("sync"))
    said = spottui("sync", "nav", "argocd/cam", "nav")
    assert said.status == 0, said.err
    assert said.out.splitlines()[-1] == "2 of 2 done."
    assert said.err.splitlines()[0] == "Sync: 2 Applications, 4 at a time."
    served.edit(lambda app: app["spec"]["source"].update(path="gone"), "cam")
    said = spottui("sync", "nav", "cam", "-o", "json")
    assert said.status == 1
    assert {one["name"]: one["outcome"] for one in said.json["results"]} == {"nav": "done", "cam": "failed"}
    assert "spottui: cam: sync failed: " in said.err


def test_what_a_window_forbids_is_not_sent(spottui: Callable[..., Said], served: Served, tmp_path: Path) -> None:
    served.windows(sync_window("deny", "* * * * *", "24h", description="flight hours"))
    for words in (("sync", "nav"), ("rollback", "nav"), ("sync", "nav", "--dry-run")):
        said = spottui(*words)
        assert (said.status, said.out) == (1, "")
    said = spottui("sync", "nav")
    assert 'the deny window "flight hours" is open.' in said.err and "Nothing was sent." in said.err
    assert audit(tmp_path) == [] and "operation" not in served.app()


def test_refresh_hard_refresh_and_not_to_wait(spottui: Callable[..., Said], served: Served) -> None:
    said = spottui("refresh", "nav", "--hard")
    assert said.status == 0 and said.out.startswith("nav: refreshed; OutOfSync at ")
    said = spottui("refresh", "nav", "--wait", "0", "-o", "json")
    assert (said.status, said.json["results"][0]["outcome"]) == (0, "accepted")
    said = spottui("sync", "nav", "--wait", "0")
    assert said.status == 0 and "was accepted; not waited for." in said.out


def test_a_rollback_by_id_and_to_the_row_before(spottui: Callable[..., Said], served: Served) -> None:
    served.edit(lambda app: app["spec"].update(syncPolicy={"automated": {}}))
    served.until(lambda site: len(site.bench.status()["history"]) == 2)
    said = spottui("rollback", "nav", "0")
    assert said.status == 0, said.err
    assert said.out.startswith("nav: rolled back to ") and "stays off" in said.out
    assert served.app()["spec"]["syncPolicy"] == {"automated": {"enabled": False}}
    assert spottui("rollback", "nav").status == 0
    said = spottui("rollback", "nav", "99")
    assert said.status == 1 and "has no row 99 in its history; it has 0 to " in said.err


def test_terminate_ends_what_runs_and_says_when_nothing_does(spottui: Callable[..., Said], served: Served) -> None:
    said = spottui("terminate", "nav")
    assert (said.status, said.out) == (1, "") and "no operation is in progress" in said.err

    def with_slow_hook(site: Field) -> None:
        site.bench.job_seconds = 1e6
        site.bench.git.commit(REPO, {"nav": [hook("pre", "PreSync")]}, "slow")

    served.do(with_slow_hook)
    said = spottui("sync", "nav", "--wait", "0.3")
    assert said.status == 1 and "not complete after 0.3 s" in said.err
    said = spottui("terminate", "nav", "-o", "json")
    assert said.status == 0, said.err
    assert said.json["results"][0]["operation"]["message"] == "Operation terminated"


# -- what goes wrong ---------------------------------------------------------------------------------------


def test_who_may_only_look_gets_status_4_and_nothing_is_sent(
    spottui: Callable[..., Said], served: Served, tmp_path: Path
) -> None:
    port = int(str(served.site.api.place.server).rpartition(":")[2])
    viewer = write_kubeconfig(tmp_path / "viewer", port, "viewer")
    assert spottui("apps", kubeconfig=viewer).status == 0
    for words in (("sync", "nav"), ("refresh", "nav"), ("rollback", "nav"), ("terminate", "nav")):
        said = spottui(*words, kubeconfig=viewer)
        assert (said.status, said.out) == (4, "") and "You may not patch" in said.err
    assert audit(tmp_path) == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("sync", "nav", "--prune", "--dry-run"), "Use --prune or --dry-run"),
        (("sync", "nav", "--replace", "--server-side"), "Use --replace or --server-side"),
        (("sync", "nav", "--resource", "Deployment/camera"), "is no resource: write GROUP:KIND:NAME"),
        (("sync", "nav", "--expires", "8h"), "go with --when-idle"),
        (("sync", "nav", "cam", "--when-idle"), "is for one Application"),
        (("sync", "nav", "--when-idle", "--force"), "goes with --revision and --prune only, not with: force"),
        (("rollback", "nav", "-1"), "No such option"),
        (("rollback", "nav", "first"), "is not a valid integer"),
        (("history",), "Missing argument"),
        (("sync",), "Missing argument"),
    ],
)
def test_wrong_use_is_status_2(words: tuple[str, ...], why: str, monkeypatch: Any, capsys: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["spottui", *words])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (2, "") and why in err


@pytest.mark.parametrize(
    "words",
    [("apps",), ("sync", "nav"), ("refresh", "nav"), ("rollback", "nav"), ("terminate", "nav"), ("diff", "nav")],
)
def test_a_cluster_that_does_not_answer_is_status_3(
    words: tuple[str, ...], monkeypatch: Any, capsys: Any, tmp_path: Path
) -> None:
    path = write_kubeconfig(tmp_path / "kubeconfig", 9)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["spottui", "--kubeconfig", str(path), *words, "-o", "json"])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    out, err = capsys.readouterr()
    assert (ended.value.code, out, len(err.splitlines())) == (3, "", 1)


def test_a_name_that_is_nobodys_is_said_with_the_near_ones(spottui: Callable[..., Said]) -> None:
    said = spottui("history", "nac")
    assert (said.status, said.out) == (1, "") and "There is no Application nac. Did you mean nav?" in said.err


def test_applications_that_are_odd_are_listed_all_the_same(spottui: Callable[..., Said], served: Served) -> None:
    def add(site: Field) -> None:
        paused = {"argocd.argoproj.io/skip-reconcile": "true"}  # the controller leaves them as they are
        for name in ("bare", "huge", "odd"):
            found = application(name, REPO, name, destination="nav", annotations=paused, project=f"of-{name}")
            site.bench.objects.create(APPS, found)
        rows = [{"kind": "Pod", "name": f"p-{n}", "status": "OutOfSync"} for n in range(2000)]
        told = [{"type": "ComparisonError", "message": "é" * 5_000_000}]
        huge = {"resources": rows, "conditions": told, "sync": {"status": "OutOfSync"}}
        site.bench.edit(lambda app: app.update(status=huge), "huge")
        strange = {"sync": {"status": "\x1b[31mPerhaps"}, "health": {"status": "Sleepy"}, "history": [{"id": 1}]}
        site.bench.edit(lambda app: app.update(status=strange), "odd")

    served.do(add)
    said = spottui("apps")
    assert said.status == 0 and "\x1b" not in said.out and len(said.out) < 5000
    lines = {line.split()[0]: line for line in said.out.splitlines() if line.startswith("argocd/")}
    assert lines["argocd/bare"].split()[1:4] == ["?", "?", "-"] and "Perhaps" in lines["argocd/odd"]
    found = {app["name"]: app for app in spottui("apps", "-o", "json").json["applications"]}
    assert found["bare"]["sync"] is None and found["huge"]["resources"] == 2000
    assert found["bare"]["sync_windows"]["manual"] is None
    assert "project of-bare is not in argocd" in found["bare"]["sync_windows"]["reason"]
    assert spottui("history", "bare").out == "bare: nothing was deployed yet, as Argo CD remembers it.\n"
    assert "no way back" in spottui("history", "odd").out or "(deployed)" in spottui("history", "odd").out
    said = spottui("diff", "odd")
    assert said.status == 0 and "Sync is not known now" in said.out
