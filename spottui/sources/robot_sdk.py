"""Imports the Spot SDK, quietly and only as much of it as reading needs; call it on the source's thread.

`bosdyn.client` as a whole imports every client there is, with numpy and cryptography: 43 MiB where 20 do. So the
package is put in place without running its `__init__`, which still runs when anything asks the package for a name
that only it defines.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from spottui.sources.imports import giving_way

PACKAGE = "bosdyn.client"
LATER = ("grpc.aio", "google.protobuf.internal.python_message")
"""gRPC's half for asyncio and protobuf's messages without its C library: over a megabyte that is never used here."""
_loading = threading.RLock()


@dataclass(frozen=True, slots=True)
class Sdk:
    """The modules of gRPC and of the SDK that the source uses."""

    grpc: Any
    channel: Any
    """bosdyn.client.channel"""
    common: Any
    """bosdyn.client.common"""
    processors: Any
    """bosdyn.client.processors"""
    auth: Any
    """bosdyn.client.auth"""

    @property
    def payload_registration(self) -> Any:
        """bosdyn.client.payload_registration; imported when it is asked for, as few log in as a payload."""
        with _loading, giving_way():
            return importlib.import_module(f"{PACKAGE}.payload_registration")


@cache
def load_sdk() -> Sdk:
    """Import gRPC and the SDK once; GRPC_VERBOSITY must be set before (see `spottui.__main__`)."""
    with _loading, giving_way():
        for name in ("bosdyn", "grpc"):  # without any handler Python writes their warnings to the terminal
            logging.getLogger(name).addHandler(logging.NullHandler())
        with _later():
            grpc = importlib.import_module("grpc")
            if PACKAGE not in sys.modules:
                _put_in_place()
            names = ("channel", "common", "processors", "auth")
            sdk = Sdk(grpc, *(importlib.import_module(f"{PACKAGE}.{name}") for name in names))
        gc.freeze()  # see `spottui.app`: modules are no garbage
        return sdk


@cache
def message(module: str, name: str) -> Any:
    """Return a message class of bosdyn-api, e.g. ("docking.docking_pb2", "GetDockingStateRequest")."""
    with _loading, giving_way():
        return getattr(importlib.import_module(f"bosdyn.api.{module}"), name)


def robot_certificate() -> bytes:
    """Return the certificate that signs those of real robots, as the SDK brings it."""
    from importlib.resources import files

    load_sdk()
    return files(f"{PACKAGE}.resources").joinpath("robot.pem").read_bytes()


@contextmanager
def _later() -> Iterator[None]:
    """Put off what gRPC and protobuf import and the SDK does not use."""
    finder = _LaterFinder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _LaterFinder(MetaPathFinder):
    """Finds the modules of `LATER` as such that are read when a name of theirs is first used."""

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname not in LATER:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


def _put_in_place() -> None:
    parent = importlib.import_module("bosdyn")
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None and spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    parent.client = package  # type: ignore[attr-defined]
    errors = vars(importlib.import_module(f"{PACKAGE}.exceptions"))
    # Its own modules import these from the package.
    vars(package).update({name: value for name, value in errors.items() if not name.startswith("_")})
    vars(package)["__getattr__"] = lambda name: _look_up(package, name)


def _look_up(package: ModuleType, name: str) -> Any:
    """Return a name of the package that is not there yet: a module of it, or what its `__init__` defines."""
    if name.startswith("__"):
        raise AttributeError(name)
    with _loading:
        if importlib.util.find_spec(f"{PACKAGE}.{name}") is not None:
            return importlib.import_module(f"{PACKAGE}.{name}")
        if vars(package).pop("__getattr__", None) is not None:
            spec = package.__spec__
            assert spec is not None and spec.loader is not None
            spec.loader.exec_module(package)
    try:
        return vars(package)[name]
    except KeyError:
        raise AttributeError(f"module {PACKAGE!r} has no attribute {name!r}") from None
