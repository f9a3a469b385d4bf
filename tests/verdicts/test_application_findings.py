"""An Application deserves attention when it fails, falls behind, or is not compared any more."""

from __future__ import annotations

import pytest

from spottui.records import Access, Condition
from spottui.records_argocd import Application, Operation
from spottui.records_argocd import SyncResource as Row

from .make import NOW, an_app, judge, only


@pytest.mark.parametrize(
    ("app", "text", "severity", "key"),
    [
        (an_app(sync="OutOfSync"), "OutOfSync: auto-sync off", "warn", "s sync"),
        (
            an_app(sync="OutOfSync", auto_sync=True, out_of_sync=(Row(kind="Service", name="s"),)),
            "OutOfSync: Service s differs, auto-sync on",
            "warn",
            "s sync",
        ),
        (an_app(health="Degraded", health_message="m"), "Degraded: m", "bad", "⏎ open"),
        (an_app(health="Missing"), "Missing", "warn", "⏎ open"),
        (
            an_app(sync="OutOfSync", operation=Operation(phase="Failed", message="no")),
            "sync failed: no; OutOfSync: auto-sync off",
            "bad",
            "s sync",
        ),
        (an_app(operation=Operation(phase="Error", message="no")), "sync error: no", "warn", "s sync"),
        (
            an_app(sync="Unknown", conditions=(Condition("ComparisonError", "True", "", "dial tcp"),)),
            "ComparisonError: dial tcp",
            "warn",
            "⏎ open",
        ),
        (an_app(conditions=(Condition("InvalidSpecError", "True", "", "p"),)), "InvalidSpecError: p", "bad", "⏎ open"),
        (
            an_app(reconciled_at=NOW - 420),
            "stale: last compared with git 7m ago: is there a link, and does Argo CD run?",
            "warn",
            "⏎ open",
        ),
    ],
)
def test_an_application_in_trouble_is_a_finding(app: Application, text: str, severity: str, key: str) -> None:
    finding = only(app)
    assert (finding.text, finding.severity, finding.key, finding.subject) == (text, severity, key, "app nav")


@pytest.mark.parametrize(
    "app",
    [
        an_app(sync="OutOfSync", has_pending_operation=True),
        an_app(sync="OutOfSync", operation=Operation(phase="Running")),
        an_app(reconciled_at=None, sync="", health=""),
        an_app(health="Progressing"),
        an_app(conditions=(Condition("OrphanedResourceWarning", "True", "", "x"),)),
    ],
)
def test_an_application_on_its_way_is_silent(app: Application) -> None:
    assert judge(app) == ()


def test_applications_that_are_stale_together_are_one_finding() -> None:
    apps = [an_app(f"app-{n}", reconciled_at=NOW - 500) for n in range(5)]
    assert only(*apps, an_app("fresh")).subject == "5 of 6 applications"
    assert judge(*apps, access={"applications": Access("stale", "no link")}) == ()
