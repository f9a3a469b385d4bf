"""A node that is labelled for a Shim gets its runtime, and the pods that waited for it start."""

from __future__ import annotations

from spottui.sim.controllers_job import JOBS
from spottui.sim.kubelet_node import handlers_of
from spottui.sim.wasm_provisioner import NAMESPACE, SHIMS

from .test_field_day import NODES, a_day


async def test_a_labelled_node_is_provisioned_by_a_job_and_the_filter_runs() -> None:
    async with a_day() as day:
        objects = day.parts.objects
        assert objects.get(SHIMS, "", "wasmedge-v1")["status"] == {"nodes": 0, "nodesReady": 0}
        objects.change(NODES, "", "core-io", lambda one: one["metadata"]["labels"].update({"wasmedge": "true"}))
        await day.until(1)
        assert objects.get(NODES, "", "core-io")["metadata"]["labels"]["wasmedge-v1"] == "pending"
        await day.until(25)
        node = objects.get(NODES, "", "core-io")
        assert node["metadata"]["labels"]["wasmedge-v1"] == "provisioned"
        assert "wasmedge" in handlers_of(node) and "spin-v2" in handlers_of(node)
        assert objects.get(JOBS, NAMESPACE, "core-io-wasmedge-v1-install")["status"]["succeeded"] == 1
        assert objects.get(SHIMS, "", "wasmedge-v1")["status"] == {"nodes": 1, "nodesReady": 1}
        await day.until(60)
        assert day.state("wasm", "obstacle-filter") == "running"


async def test_a_label_that_is_taken_away_takes_the_runtime_away() -> None:
    async with a_day() as day:
        objects = day.parts.objects
        objects.change(NODES, "", "core-io", lambda one: one["metadata"]["labels"].update({"wasmedge": "true"}))
        await day.until(25)
        objects.change(NODES, "", "core-io", lambda one: one["metadata"]["labels"].pop("wasmedge"))
        await day.until(30)
        node = objects.get(NODES, "", "core-io")
        assert "wasmedge-v1" not in node["metadata"]["labels"] and "wasmedge" not in handlers_of(node)
