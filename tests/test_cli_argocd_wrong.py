"""The commands on Applications when something is wrong: rights, use, no cluster, odd objects."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spottui import __main__ as command_line
from spottui.sim.argo_builders import application
from tests.argo_cli import Said, Served, audit, served_cluster, spottui_line  # noqa: F401
from tests.argo_served import Field, write_kubeconfig
from tests.sim.argo_bench import APPS, REPO
from tests.test_command_line import restored_logging  # noqa: F401


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
