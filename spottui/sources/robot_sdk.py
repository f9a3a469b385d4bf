"""Imports the Spot SDK, quietly and only as much of it as reading needs; call it on the source's thread.

`bosdyn.client` as a whole imports every client there is, with numpy and cryptography: 43 MiB where 20 do. So the
package is put in place without running its `__init__`, which still runs when anything asks the package for a name
that only it defines.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
import threading
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

PACKAGE = "bosdyn.client"
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
    payload_registration: Any
    """bosdyn.client.payload_registration"""


@cache
def load_sdk() -> Sdk:
    """Import gRPC and the SDK once; GRPC_VERBOSITY must be set before (see `spottui.__main__`)."""
    with _loading:
        for name in ("bosdyn", "grpc"):  # without any handler Python writes their warnings to the terminal
            logging.getLogger(name).addHandler(logging.NullHandler())
        if PACKAGE not in sys.modules:
            _put_in_place()
        return Sdk(
            importlib.import_module("grpc"),
            *(
                importlib.import_module(f"{PACKAGE}.{name}")
                for name in ("channel", "common", "processors", "auth", "payload_registration")
            ),
        )


@cache
def message(module: str, name: str) -> Any:
    """Return a message class of bosdyn-api, e.g. ("docking.docking_pb2", "GetDockingStateRequest")."""
    with _loading:
        return getattr(importlib.import_module(f"bosdyn.api.{module}"), name)


def robot_certificate() -> bytes:
    """Return the certificate that signs those of real robots, as the SDK brings it."""
    from importlib.resources import files

    load_sdk()
    return files(f"{PACKAGE}.resources").joinpath("robot.pem").read_bytes()


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
