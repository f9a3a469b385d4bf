"""A node is provisioned for wasm by what runs here, and the provisioner's own word is read back."""

from __future__ import annotations

from typing import Any

import pytest

from spottui.actions.provision import DEPLOYMENTS, JOBS, KWASM, KWASM_NODE, SHIMS, form
from spottui.actions.registry import by_id
from spottui.actions.services import Unfinished
from spottui.errors import Forbidden, SpottuiError
from spottui.records import Target

from .bench import Bench

NODE_PATH = "/api/v1/nodes/core-io"
NODE = Target(kind="Node", namespace="", name="core-io", uid="u-core-io")
PROVISION = by_id("node.provision")


def a_shim(name: str = "wasmedge-v1", **selector: str) -> dict[str, Any]:
    spec = {
        "nodeSelector": selector or {"wasmedge": "true"},
        "fetchStrategy": {"platforms": [{"os": "linux", "arch": "aarch64", "location": "https://x/y.tgz"}]},
        "runtimeClass": {"name": "wasmedge", "handler": "wasmedge"},
    }
    return {"metadata": {"name": name, "uid": f"u-{name}"}, "spec": spec}


def a_manager(image: str = "ghcr.io/spinframework/runtime-class-manager:v0.2.0") -> dict[str, Any]:
    pod = {"containers": [{"name": "manager", "image": image}]}
    return {"metadata": {"name": "manager"}, "spec": {"template": {"spec": pod}}, "status": {"readyReplicas": 1}}


@pytest.fixture(autouse=True)
def objects(bench: Bench) -> None:
    node = {"metadata": {"name": "core-io", "uid": "u-core-io", "labels": {"a": "1"}}}
    bench.api.put(NODE_PATH, {**node, "status": {"nodeInfo": {"architecture": "arm64"}}})
    bench.api.put(SHIMS, {"items": [a_shim()]})
    bench.api.put(DEPLOYMENTS, {"items": [a_manager()]})
    bench.api.put(JOBS, {"items": []})


def says(bench: Bench, seconds: float, **labels: str) -> None:
    """Let the provisioner label the node."""
    bench.time.at(seconds, lambda: bench.api.change(NODE_PATH, {"metadata": {"labels": labels}}))


async def perform(bench: Bench, **options: Any) -> str:
    return await bench.runner.perform(PROVISION, NODE, bench.confirm, options)


async def test_the_shims_labels_are_put_on_the_node_and_its_word_is_awaited(bench: Bench) -> None:
    says(bench, 1, **{"wasmedge-v1": "pending"})
    says(bench, 9, **{"wasmedge-v1": "provisioned"})
    said = await perform(bench, shim="wasmedge-v1")
    assert said == (
        "core-io: Shim wasmedge-v1 is provisioned; pods that waited for it start by themselves."
    ) and not isinstance(said, Unfinished)
    ((method, body),) = bench.commands
    assert method == "PATCH" and body["metadata"]["labels"] == {"wasmedge": "true"}
    assert body["metadata"]["uid"] == "u-core-io" and "resourceVersion" in body["metadata"]
    (question,) = bench.questions
    assert "Provision node/core-io for wasmedge-v1" in question.text and "wasmedge=true" in question.text
    assert "no source for" not in question.text and "not seen running" not in question.text
    assert bench.outcomes == ["asked", "asked", "done"]


async def test_what_the_provisioner_says_failed_has_failed(bench: Bench) -> None:
    says(bench, 3, **{"wasmedge-v1": "failed"})
    with pytest.raises(SpottuiError, match="provisioning Shim wasmedge-v1 failed; its Job's logs say why"):
        await perform(bench, shim="wasmedge-v1")
    assert bench.outcomes[-1] == "failed"


async def test_a_provisioner_that_does_not_answer_is_unfinished(bench: Bench) -> None:
    said = await perform(bench, shim="wasmedge-v1")
    assert isinstance(said, Unfinished) and "no provisioner has answered within 90 s" in said
    says(bench, 1, **{"wasmedge-v1": "pending"})
    said = await perform(bench, shim="wasmedge-v1")
    assert isinstance(said, Unfinished) and "still pending" in said


async def test_a_shim_without_this_processor_and_a_manager_that_is_away_are_said_before(bench: Bench) -> None:
    bench.api.change(NODE_PATH, {"status": {"nodeInfo": {"architecture": "riscv64"}}})
    bench.api.put(DEPLOYMENTS, {"items": []})
    bench.answers = False
    await perform(bench, shim="wasmedge-v1")
    (question,) = bench.questions
    assert "names no source for riscv64" in question.text and "was not seen running" in question.text
    assert bench.commands == []


async def test_the_form_offers_what_the_node_has_not_and_kwasm_only_where_it_runs(bench: Bench) -> None:
    bench.api.put(SHIMS, {"items": [a_shim(), a_shim("spin-v2", spin="true")]})
    bench.api.change(NODE_PATH, {"metadata": {"labels": {"spin": "true", "spin-v2": "provisioned"}}})
    (field,) = await form(bench.services, NODE)
    assert [pick.value for pick in field.picks] == ["wasmedge-v1"]
    bench.api.put(DEPLOYMENTS, {"items": [a_manager("ghcr.io/kwasm/kwasm-operator:v0.2.3")]})
    (field,) = await form(bench.services, NODE)
    assert [pick.value for pick in field.picks] == ["wasmedge-v1", KWASM]


async def test_where_nothing_provisions_that_is_said_and_nothing_is_asked(bench: Bench) -> None:
    bench.api.drop(SHIMS)
    bench.api.put(DEPLOYMENTS, {"items": []})
    with pytest.raises(SpottuiError, match="Nothing here provisions nodes for wasm"):
        await form(bench.services, NODE)
    bench.api.put(SHIMS, {"items": [a_shim()]})
    bench.api.change(NODE_PATH, {"metadata": {"labels": {"wasmedge": "true", "wasmedge-v1": "provisioned"}}})
    with pytest.raises(SpottuiError, match="has every Shim of this cluster already"):
        await form(bench.services, NODE)


async def test_kwasm_is_asked_by_annotation_and_only_its_job_proves_anything(bench: Bench) -> None:
    says(bench, 1, **{"kwasm.sh/kwasm-provisioned": "core-io"})
    job = {"metadata": {"name": "core-io-provision-kwasm"}, "status": {"succeeded": 1}}

    def job_ends() -> None:
        bench.api.put(JOBS, {"items": [job]})

    bench.time.at(20, job_ends)
    begun = bench.time.now
    assert "KWasm is provisioned" in await perform(bench, shim=KWASM)
    assert bench.time.now - begun >= 20, "the label alone proves nothing"
    ((_, body),) = bench.commands
    assert body["metadata"]["annotations"] == {KWASM_NODE: "true"}


async def test_who_may_not_patch_nodes_sends_nothing(bench: Bench) -> None:
    bench.api.denied.add("patch")
    with pytest.raises(Forbidden):
        await perform(bench, shim="wasmedge-v1")
    assert bench.commands == [] and bench.questions == []
