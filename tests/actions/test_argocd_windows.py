"""Sync windows before a sync: which count, by whose clock, and what is said of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from spottui.errors import Forbidden, SpottuiError

from .argo_case import CONFIG, PATH, PROJECT, end, perform, prepare, window, with_windows
from .bench import ARGO, Bench

SHUT = window("allow", "0 14 * * *", "1h")
GLOBAL = """\
- projectName: fleet
  labelSelector:
    matchExpressions:
      - {key: site, operator: In, values: [field, hall]}
      - {key: demo, operator: DoesNotExist}
"""


@pytest.fixture(autouse=True)
def ready(bench: Bench) -> None:
    prepare(bench)


async def refusal(bench: Bench, name: str = "sync") -> str:
    with pytest.raises(SpottuiError) as caught:
        await perform(bench, name)
    assert bench.commands == []
    return str(caught.value)


async def question(bench: Bench) -> str:
    bench.answers = False
    await perform(bench, "sync")
    return bench.questions[0].text


async def test_a_refusal_names_the_window_and_the_next_opening(bench: Bench) -> None:
    with_windows(bench, SHUT)
    assert await refusal(bench) == (
        'perception: No sync runs: the allow window "0 14 * * *" for 1h is not open. '
        "A sync is allowed from 2027-01-15 14:00 UTC on, in 6h. Nothing was sent."
    )


async def test_a_window_without_an_end_says_so(bench: Bench) -> None:
    with_windows(bench, window("deny", "0 0 30 2 *", "1h"))
    assert "That does not change within a year." in await refusal(bench)


async def test_a_bad_cron_is_a_sentence_with_what_to_do(bench: Bench) -> None:
    with_windows(bench, window(schedule="every day\x1b[31m"), window("allow", "* * * * *", "1h"))
    said = await refusal(bench)
    assert 'its schedule "every day" cannot be read' in said and "Correct it in the AppProject" in said
    assert "\x1b" not in said


async def test_the_act_itself_looks_again_after_the_question(bench: Bench) -> None:
    async def confirm(question: Any) -> bool:
        with_windows(bench, window())
        return True

    from spottui.actions.registry import by_id

    from .bench import APPLICATION

    with pytest.raises(SpottuiError, match="is open"):
        await bench.runner.perform(by_id("application.sync"), APPLICATION, confirm, {})
    assert bench.commands == []


async def test_a_window_that_lets_syncs_by_hand_pass_lets_this_one_pass_and_says_what_it_holds(bench: Bench) -> None:
    with_windows(bench, window(manualSync=True))
    assert "They hold back auto-sync now, not a sync by hand." in await question(bench)


async def test_how_long_a_sync_is_still_allowed_stands_in_the_question(bench: Bench) -> None:
    with_windows(bench, window("allow", "0 7 * * *", "2h"))
    assert "Sync windows allow it until 2027-01-15 09:00 UTC, for another 60m." in await question(bench)


async def test_the_clusters_clock_decides_not_ours(bench: Bench) -> None:
    with_windows(bench, SHUT)
    end(bench)
    bench.services = replace(bench.services, cluster_clock=lambda: bench.time() + 6.5 * 3600)
    bench.runner._services = bench.services
    assert "synced" in await perform(bench, "sync")


async def test_the_windows_of_a_global_project_count_too(bench: Bench) -> None:
    bench.api.put(CONFIG, {"data": {"globalProjects": GLOBAL}})
    bench.api.put(f"{ARGO}/appprojects/fleet", {"metadata": {"name": "fleet"}, "spec": {"syncWindows": [window()]}})
    assert "sync windows" not in await question(bench)
    bench.api.change(PROJECT, {"metadata": {"labels": {"site": "field"}}})
    assert "is open" in await refusal(bench)
    bench.api.change(PROJECT, {"metadata": {"labels": {"demo": "yes"}}})
    await perform(bench, "sync")


@pytest.mark.parametrize(
    ("selector", "labels", "counts"),
    [
        ("{}", {}, True),
        ("{matchLabels: {a: x}}", {"a": "x"}, True),
        ("{matchLabels: {a: x}}", {"a": "y"}, False),
        ("{matchExpressions: [{key: a, operator: NotIn, values: [x]}]}", {}, True),
        ("{matchExpressions: [{key: a, operator: NotIn, values: [x]}]}", {"a": "x"}, False),
        ("{matchExpressions: [{key: a, operator: Exists}]}", {}, False),
        ("{matchExpressions: [{key: a, operator: Unheard}]}", {"a": "x"}, False),
    ],
)
async def test_a_global_project_is_chosen_by_labels(
    bench: Bench, selector: str, labels: dict[str, str], counts: bool
) -> None:
    text = f"- {{projectName: fleet, labelSelector: {selector}}}"
    bench.api.put(CONFIG, {"data": {"globalProjects": text}})
    bench.api.put(f"{ARGO}/appprojects/fleet", {"metadata": {"name": "fleet"}, "spec": {"syncWindows": [window()]}})
    bench.api.change(PROJECT, {"metadata": {"labels": labels}})
    if counts:
        assert "is open" in await refusal(bench)
    else:
        await question(bench)


@pytest.mark.parametrize("text", ["", "][", "{a: b}", "- 3", "- {projectName: gone, labelSelector: {}}"])
async def test_global_projects_that_are_none_are_none(bench: Bench, text: str) -> None:
    bench.api.put(CONFIG, {"data": {"globalProjects": text}})
    end(bench)
    assert "synced" in await perform(bench, "sync")


async def test_what_could_not_be_looked_up_is_said(bench: Bench) -> None:
    bench.api.failures = [("GET", "argocd-cm", Forbidden("No."))]
    assert "Windows of global projects could not be looked up." in await question(bench)


async def test_a_missing_project_is_a_sentence_where_it_is_known_where_it_would_be(bench: Bench) -> None:
    bench.api.drop(PROJECT)
    assert "its project robots does not exist, so Argo CD syncs nothing of it" in await refusal(bench)
    bench.api.change(PATH, {"status": {"controllerNamespace": None}})
    assert "project robots is not in argocd" in await question(bench)


async def test_a_project_that_is_changed_at_this_moment_is_not_believed(bench: Bench) -> None:
    reads: list[str] = []

    def move(method: str, path: str) -> None:
        reads.append(path)
        if path == PROJECT and reads.count(PROJECT) == 2:  # the first look is the question's
            bench.api.change(PATH, {"spec": {"project": "other"}})

    bench.api.before = move
    with pytest.raises(SpottuiError, match="its project was changed at this moment"):
        await perform(bench, "sync")
    assert bench.commands == []
