"""The cleaned YAML of an object, written to a file of the operator's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from spottui.actions.duplicate import cleaned
from spottui.actions.registry import by_id
from spottui.actions.runner import Runner
from spottui.app_views import saver
from spottui.errors import SpottuiError
from spottui.records import Target

from .bench import DEPLOYMENTS, PERCEPTION, Bench, deployment

DUPLICATE = by_id("workload.duplicate")
PATH = f"{DEPLOYMENTS}/perception"
NOW = 1_800_000_000.0


@pytest.fixture
def saving(bench: Bench, tmp_path: Path) -> Runner:
    """Return a runner that writes below a folder."""
    services = replace(bench.services, save=saver(tmp_path, lambda: NOW, ".yaml"))
    found = deployment(template={"metadata": {"labels": {"app": "x"}, "creationTimestamp": None}, "spec": {}})
    found["metadata"] |= {
        "annotations": {"deployment.kubernetes.io/revision": "3", "argocd.argoproj.io/tracking-id": "a", "mine": "1"},
        "managedFields": [{}],
        "creationTimestamp": "2027-01-15T07:00:00Z",
    }
    bench.api.put(PATH, found)
    return Runner(services, bench.permits, bench.audit, bench.lock, bench.time, bench.heard.append)


async def test_the_yaml_is_cleaned_private_and_the_cluster_only_read(
    saving: Runner, bench: Bench, tmp_path: Path
) -> None:
    said = await saving.perform(DUPLICATE, PERCEPTION, bench.confirm)
    (path,) = (tmp_path / "views").iterdir()
    assert path.name.startswith("deployment-perception-") and path.suffix == ".yaml"
    assert path.stat().st_mode & 0o777 == 0o600 and str(path) in said
    assert yaml.safe_load(path.read_text()) == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "perception", "namespace": "robot", "annotations": {"mine": "1"}},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "perception"}},
            "template": {"metadata": {"labels": {"app": "x"}}, "spec": {}},
        },
    }
    assert bench.commands == [] and bench.questions == [] and bench.outcomes == ["asked", "done"]


async def test_it_needs_no_unlocking(saving: Runner, bench: Bench) -> None:
    bench.lock.lock()
    await saving.perform(DUPLICATE, PERCEPTION, bench.confirm)
    assert bench.questions == [] and bench.lock.is_locked


async def test_a_folder_that_cannot_be_written_is_said(bench: Bench, saving: Runner, tmp_path: Path) -> None:
    (tmp_path / "views").write_text("in the way")
    with pytest.raises(SpottuiError, match="The YAML of deployment/perception cannot be written"):
        await saving.perform(DUPLICATE, PERCEPTION, bench.confirm)


async def test_a_name_that_leads_elsewhere_is_refused_and_nothing_is_written(
    saving: Runner, bench: Bench, tmp_path: Path
) -> None:
    bench.api.put("/apis/apps/v1/namespaces/robot/deployments/../../x", deployment(name="../../x"))
    target = Target(kind="Deployment", namespace="robot", name="../../x", uid="u-../../x")
    with pytest.raises(SpottuiError, match="no name that an object can have"):
        await saving.perform(DUPLICATE, target, bench.confirm)
    assert not (tmp_path / "views").exists()


def test_a_pod_loses_what_scheduling_and_admission_wrote() -> None:
    token = {"name": "kube-api-access-x", "mountPath": "/var/run/secrets"}
    pod: dict[str, Any] = {
        "metadata": {
            "name": "a",
            "uid": "u",
            "ownerReferences": [{}],
            "generateName": "a-",
            "labels": {"pod-template-hash": "h", "app": "x"},
        },
        "spec": {
            "nodeName": "n",
            "containers": [{"name": "m", "volumeMounts": [token]}],
            "volumes": [{"name": "kube-api-access-x"}, {"name": "data"}],
            "tolerations": [{"key": "node.kubernetes.io/not-ready"}, {"key": "gpu"}],
        },
        "status": {"phase": "Running"},
    }
    assert cleaned(pod, "Pod") == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a", "labels": {"app": "x"}},
        "spec": {"containers": [{"name": "m"}], "volumes": [{"name": "data"}], "tolerations": [{"key": "gpu"}]},
    }


def test_a_job_loses_its_selector_and_the_labels_that_go_with_it() -> None:
    own = {"controller-uid": "u", "job-name": "j"}
    job = {"metadata": {"name": "j", "labels": dict(own)}, "spec": {"selector": {}, "template": {"metadata": {"labels": own}}}}  # fmt: skip # noqa: E501
    assert cleaned(job, "Job")["spec"] == {"template": {"metadata": {}}}
