"""The commands on Applications as a script sees them: the answer on standard output, progress beside it, a status."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from spottui.sim.argo_builders import application, sync_window
from tests.argo_cli import Said, Served, audit, served_cluster, spottui_line  # noqa: F401
from tests.argo_served import Field
from tests.sim.argo_bench import APPS, CONFIG_MAPS, REPO, config_map, hook
from tests.test_command_line import restored_logging  # noqa: F401

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


def test_an_application_elsewhere_goes_by_the_windows_of_argo_cds_own_namespace(
    spottui: Callable[..., Said], served: Served
) -> None:
    def add(site: Field) -> None:
        found = application("cam", REPO, "cam", destination="nav")
        found["metadata"]["namespace"] = "nav"
        found["metadata"].setdefault("annotations", {})["argocd.argoproj.io/skip-reconcile"] = "true"
        found["status"] = {"controllerNamespace": "argocd", "summary": {"images": ["registry/cam:1"]}}
        site.bench.objects.create(APPS, found)

    served.do(add)
    served.windows(sync_window("deny", "* * * * *", "24h"))
    found = {app["namespace"]: app for app in spottui("apps", "-o", "json").json["applications"]}
    assert found["nav"]["sync_windows"]["manual"] is False
    assert found["nav"]["images"] == ["registry/cam:1"] and found["nav"]["paused"] is True
    assert spottui("apps", "-n", "nav", "-o", "json").json["applications"] == [found["nav"]]


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
