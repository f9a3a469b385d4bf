"""Whether a pod is WebAssembly, by what evidence and in which engine; knows records only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from spottui.records import Pod, WasmRuntime

ENGINES = ("spin", "slight", "wws", "lunatic", "wasmedge", "wasmer", "wamr", "wasmtime")
"""Most specific first: "wasmtime-spin-v2" is spin."""
UNKNOWN_ENGINE = "wasm"
"""It is wasm, and nothing says in which engine."""

_LINUX_HANDLER = re.compile(r"|runc|crun|youki|runsc|gvisor|kata.*|nvidia.*")
_SEPARATORS = re.compile(r"[-_./]")
_WASM_WORDS = frozenset({"wasm", "wasi", "runwasi"})

VARIANT = "module.wasm.image/variant"
HANDLER = "run.oci.handler"
_EVIDENCE = {VARIANT: ("compat", "compat-smart"), HANDLER: ("wasm", "wasm-smart")}
"""Annotations that crun acts on, and the values that mean wasm."""
_HOSTS = {
    "wasmcloud.com/hostgroup": "wasmtime",
    "core.spinkube.dev/app-name": "spin",
    "core.spinoperator.dev/app-name": "spin",
}
"""Labels of Linux pods that run wasm inside, and its engine."""


_WASM_IMAGES = frozenset({"RAN_AS_LINUX", "IMAGE_NOT_UNPACKED"})
"""Verdicts that only the image of a wasm module gives: it was run as a program, or not unpacked for wasi/wasm."""


class WasmVerdict(Struct, frozen=True):
    """A pod is wasm, and what says so."""

    engine: str
    """One of `ENGINES`, "wasm", or the operator's own word from the RuntimeClass."""
    kind: Literal["shim", "annotated", "hosted", "image"]
    """shim: by its RuntimeClass; annotated: for crun; hosted: a Linux container with wasm inside; image: its image
    is for wasi/wasm, as the trouble shows that it has without a wasm runtime."""
    runtime_class: str
    handler: str
    """containerd's handler; empty when no RuntimeClass of that name is known."""


def engine_of(handler: str, runtime_class: str = "", hint: str = "") -> str | None:
    """Return the engine behind a containerd handler: "wasm" when unknown, None when it is not wasm.

    Names are free text, so whole words in them count: "spinnaker" is not spin. `hint` overrides all.
    """
    if hint:
        return hint
    if _LINUX_HANDLER.fullmatch(handler):
        return None
    return _engine(handler.lower(), runtime_class.lower())


@lru_cache(maxsize=512)
def _engine(handler: str, runtime_class: str) -> str | None:
    words: set[str] = set()
    for name in (handler, runtime_class):  # the handler is nearer to the truth than the name of the class
        words.update(_SEPARATORS.split(name))
        for engine in ENGINES:
            if engine in words:
                return engine
    return UNKNOWN_ENGINE if words & _WASM_WORDS else None


def wasm_of(pod: Pod, runtimes: Mapping[str, WasmRuntime]) -> WasmVerdict | None:
    """Return why `pod` is wasm and in which engine, or None; `runtimes` are the RuntimeClasses by name."""
    if pod.runtime_class:
        name = pod.runtime_class
        runtime = runtimes.get(name)
        # A class that is not known here may be gone or forbidden: its name is the only evidence left.
        handler, hint = (runtime.handler, runtime.engine_hint) if runtime else ("", "")
        engine = engine_of(handler if runtime else name, name, hint)
        if engine is not None:
            return WasmVerdict(engine, "shim", name, handler)
        return WasmVerdict(UNKNOWN_ENGINE, "annotated", name, handler) if _is_annotated(pod) else None
    if pod.annotations and _is_annotated(pod):
        return WasmVerdict(UNKNOWN_ENGINE, "annotated", "", "")
    for label in _HOSTS.keys() & pod.labels.keys() if pod.labels else ():
        return WasmVerdict(_HOSTS[label], "hosted", "", "")
    return None


def wasm_by_trouble(code: str) -> WasmVerdict | None:
    """Return that a pod is wasm, when how it fails (`Why.code`) shows what platform its image is for."""
    return WasmVerdict(UNKNOWN_ENGINE, "image", "", "") if code in _WASM_IMAGES else None


def recognised(verdict: WasmVerdict) -> str:
    """Return in words what a pod was recognised by."""
    return {
        "shim": f"RuntimeClass {verdict.runtime_class}",
        "annotated": "annotation for crun",
        "hosted": "label: wasm inside a Linux container",
        "image": "image platform",
    }[verdict.kind]


def _is_annotated(pod: Pod) -> bool:
    return any(pod.annotations.get(name) in values for name, values in _EVIDENCE.items())
