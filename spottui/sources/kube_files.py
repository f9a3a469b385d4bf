"""Reads and merges kubeconfig files as kubectl does; knows their shape, not which of them to use."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from spottui.errors import BadConfig
from spottui.sources.text import clean

MAX_SIZE = 16 * 2**20
"""Bytes; a kubeconfig of a hundred clusters has about one million."""

_CLUSTER_FILES = ("certificate-authority",)
_USER_FILES = ("client-certificate", "client-key", "tokenFile")

Entry = dict[str, Any]


class Merged(Struct, frozen=True, kw_only=True):
    """Several kubeconfig files seen as one: the first that has a name wins; relative paths are resolved."""

    contexts: dict[str, Entry]
    clusters: dict[str, Entry]
    users: dict[str, Entry]
    current: str


def read_merged(paths: Sequence[Path]) -> Merged:
    """Read `paths` (each must exist) and merge them; blocking.

    Raises:
        BadConfig: A file cannot be read, or is no kubeconfig.
    """
    merged = Merged(contexts={}, clusters={}, users={}, current="")
    current = ""
    for path in paths:
        document = _document(path)
        current = current or _text(document.get("current-context"))
        for plural, singular in (("contexts", "context"), ("clusters", "cluster"), ("users", "user")):
            for name, entry in _named(document, plural, singular, path).items():
                getattr(merged, plural).setdefault(name, entry)
    return Merged(contexts=merged.contexts, clusters=merged.clusters, users=merged.users, current=current)


def require_files(entry: Entry, path_keys: Sequence[str], whose: str) -> None:
    """Check that the files and the base64 data which a cluster or user names are there and readable.

    Raises:
        BadConfig: One is not.
    """
    for key in path_keys:
        if entry.get(f"{key}-data"):
            _require_base64(entry, f"{key}-data", whose)
        elif entry.get(key):
            read_small(Path(str(entry[key])), f"The {key} of {whose}")


def require_cluster_files(cluster: Entry, whose: str) -> None:
    """Check the files that a cluster names; raises BadConfig as `require_files`."""
    require_files(cluster, _CLUSTER_FILES, whose)


def require_user_files(user: Entry, whose: str) -> None:
    """Check the files that a user names; raises BadConfig as `require_files`."""
    require_files(user, _USER_FILES, whose)


def read_small(path: Path, what: str) -> bytes:
    """Return the bytes of one file.

    Raises:
        BadConfig: It is not there, unreadable or far too large; `what` begins the sentence.
    """
    try:
        if path.stat().st_size > MAX_SIZE:
            raise BadConfig(f"{what}, {path}, is larger than {MAX_SIZE // 2**20} MB: is it the right file?")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BadConfig(f"{what}, {path}, is not there.") from error
    except PermissionError as error:
        raise BadConfig(f"{what}, {path}, may not be read by you.{_group_hint(path)}") from error
    except OSError as error:
        raise BadConfig(f"{what}, {path}, cannot be read: {error.strerror}.") from error


def _group_hint(path: Path) -> str:
    if "microk8s" in path.parts:
        return " Join its group: sudo usermod -aG microk8s $USER, then log in again."
    return " Change its owner or its mode, or name another file with --kubeconfig."


def _document(path: Path) -> Mapping[str, Any]:
    import yaml  # 30 ms that the first paint need not wait for

    content = read_small(path, "The kubeconfig")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        document = yaml.load(content, Loader=loader)
    except yaml.MarkedYAMLError as error:  # its own text quotes the file, and the file has secrets
        line = f", line {error.problem_mark.line + 1}," if error.problem_mark else ""
        reason = clean(error.problem or "not YAML", 200)
        raise BadConfig(f"The kubeconfig {path}{line} is broken YAML: {reason}.") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise BadConfig(f"The kubeconfig {path} is no YAML text ({type(error).__name__}).") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise BadConfig(
            f"The kubeconfig {path} is no mapping with clusters, users and contexts, "
            f"but a {_yaml_word(document)}: is it the right file?"
        )
    return document


def _yaml_word(value: object) -> str:
    return "list" if isinstance(value, list) else "single value"


def _named(document: Mapping[str, Any], plural: str, singular: str, path: Path) -> dict[str, Entry]:
    entries = document.get(plural) or []
    if not isinstance(entries, list):
        raise BadConfig(f"In the kubeconfig {path}, {plural} is no list.")
    named: dict[str, Entry] = {}
    for number, item in enumerate(entries, 1):
        if not isinstance(item, dict) or not _text(item.get("name")):
            raise BadConfig(f"In the kubeconfig {path}, entry {number} of {plural} has no name.")
        entry = item.get(singular) or {}
        if not isinstance(entry, dict):
            raise BadConfig(f"In the kubeconfig {path}, the {singular} {_text(item['name'])} is no mapping.")
        named.setdefault(_text(item["name"]), _resolved(entry, path))
    return named


def _resolved(entry: Entry, path: Path) -> Entry:
    """Return `entry` with absolute file names: kubectl takes them from the folder of their own file."""
    folder = path.absolute().parent
    resolved = dict(entry)
    for key in (*_CLUSTER_FILES, *_USER_FILES):
        if resolved.get(key):
            resolved[key] = str(folder / str(resolved[key]))
    plugin = resolved.get("exec")
    if isinstance(plugin, dict) and "/" in str(plugin.get("command") or ""):
        resolved["exec"] = {**plugin, "command": str(folder / str(plugin["command"]))}
    return resolved


def _require_base64(entry: Entry, key: str, whose: str) -> None:
    try:
        base64.b64decode(str(entry[key]), validate=False)
    except (binascii.Error, ValueError):
        raise BadConfig(f"The {key} of {whose} is no base64 text.") from None


def _text(value: object) -> str:
    """Return a name from YAML, which may be a number there, as clean text."""
    return "" if value is None else clean(str(value), 253)
