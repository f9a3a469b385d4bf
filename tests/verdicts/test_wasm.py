"""Which pods are wasm, by which evidence, and in which engine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.records import WasmRuntime
from spottui.verdicts.wasm import engine_of, wasm_of

from .make import a_pod


def runtime(name: str, handler: str, hint: str = "") -> WasmRuntime:
    return WasmRuntime(uid=name, name=name, namespace="", created_at=0.0, handler=handler, engine_hint=hint)


RUNTIMES = {
    one.name: one
    for one in (
        runtime("wasmtime-spin-v2", "spin-v2"),
        runtime("nvidia", "nvidia"),
        runtime("wasm", "wasm"),
        runtime("crun", "crun"),
        runtime("fast", "x1", "wasmedge"),
        runtime("wasmtime", "runc"),
    )
}


@pytest.mark.parametrize(
    ("handler", "name", "engine"),
    [
        *(("spin", "wasmtime-spin-v2", "spin"), ("spin-v2", "", "spin"), ("wasmtime-v1", "", "wasmtime")),
        *(("slight", "wasmtime-slight", "slight"), ("wasmedge", "", "wasmedge"), ("wws", "", "wws")),
        *(("x1", "wasmer-fast", "wasmer"), ("wamr", "", "wamr"), ("lunatic", "", "lunatic")),
        *(("wasm", "", "wasm"), ("x1", "runwasi", "wasm"), ("WasmTime", "", "wasmtime")),
        *(("spin-v2", "wasmtime", "spin"), ("wasmtime", "spin", "wasmtime")),
        *(("nvidia-container-runtime", "", None), ("kata", "", None), ("kata-qemu", "wasm", None), ("", "", None)),
        *(("runc", "wasmtime", None), ("spinnaker", "", None), ("x1", "y", None), ("gvisor", "", None)),
    ],
)
def test_the_engine_is_a_word_of_the_handler_or_of_the_class(handler: str, name: str, engine: str | None) -> None:
    assert engine_of(handler, name) == engine


def test_the_hint_of_the_operator_overrides_all() -> None:
    assert engine_of("runc", "wasmtime", "wasmedge") == "wasmedge"


@pytest.mark.parametrize(
    ("runtime_class", "annotations", "labels", "found"),
    [
        ("wasmtime-spin-v2", {}, {}, ("shim", "spin", "spin-v2")),
        ("wasm", {}, {}, ("shim", "wasm", "wasm")),
        ("fast", {}, {}, ("shim", "wasmedge", "x1")),
        ("wasmtime-spin", {}, {}, ("shim", "spin", "")),
        ("nvidia", {}, {}, None),
        ("gone", {}, {}, None),
        ("wasmtime", {}, {}, None),
        ("crun", {}, {}, None),
        ("crun", {"run.oci.handler": "wasm"}, {}, ("annotated", "wasm", "crun")),
        ("", {"run.oci.handler": "wasm-smart"}, {}, ("annotated", "wasm", "")),
        ("", {"module.wasm.image/variant": "compat"}, {}, ("annotated", "wasm", "")),
        ("", {"module.wasm.image/variant": "compat-smart"}, {}, ("annotated", "wasm", "")),
        ("", {"module.wasm.image/variant": "no"}, {}, None),
        ("", {}, {"wasmcloud.com/hostgroup": "x"}, ("hosted", "wasmtime", "")),
        ("", {}, {"core.spinkube.dev/app-name": "x"}, ("hosted", "spin", "")),
        ("", {}, {"core.spinoperator.dev/app-name": "x"}, ("hosted", "spin", "")),
        ("nvidia", {}, {"core.spinkube.dev/app-name": "x"}, None),
        ("", {}, {"app": "x"}, None),
    ],
)
def test_a_pod_is_wasm_by_its_class_its_annotations_or_its_labels(
    runtime_class: str, annotations: dict[str, str], labels: dict[str, str], found: tuple[str, str, str] | None
) -> None:
    verdict = wasm_of(a_pod(runtime_class=runtime_class, annotations=annotations, labels=labels), RUNTIMES)
    assert (verdict and (verdict.kind, verdict.engine, verdict.handler)) == found
    assert verdict is None or verdict.runtime_class == runtime_class


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_name_has_an_engine_or_none(handler: str, name: str) -> None:
    assert engine_of(handler, name) in {
        *("spin", "slight", "wws", "lunatic", "wasmedge", "wasmer", "wamr", "wasmtime", "wasm"),
        None,
    }
