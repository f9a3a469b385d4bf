"""Who may import whom: the table of the design, held against every import in the tree."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "spottui"
BASE = {"records", "errors", "clock", "events", "safe_text", "clients"}
MAY_IMPORT: dict[str, set[str]] = {
    "records": BASE,
    "errors": BASE,
    "clock": BASE,
    "events": BASE,
    "verdicts": BASE | {"verdicts"},
    "sources": BASE | {"sources", "private_file"},
    "store": BASE | {"verdicts", "store"},
    "actions": BASE | {"verdicts", "actions", "private_file"},
    "widgets": BASE | {"widgets", "textual"},
    "screens": BASE | {"verdicts", "store", "actions", "widgets", "screens", "textual"},
    "sim": {"records", "sim"},
    "settings": {"errors", "settings"},
    "config": {"errors", "settings"},
    "private_file": set(),
    "crash": {"private_file", "early_signals", "safe_text"},
    "early_signals": set(),
    "armed_file": BASE | {"private_file"},
    "first_paint": set(),
    "streams": set(),
    "safe_text": set(),
    "clients": set(),
}
"""Part -> parts of spottui (and Textual) that it may import; a part that is not named may import everything."""
UNBOUND = {"app", "__main__", "cli", "oneshot"}
HEAVY = {"textual", "rich", "kubernetes", "aiohttp", "pydantic", "asyncio"}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)
"""rglob follows no symlinks on newer Pythons, so the linked folders are added by hand."""
for folder in ("screens", "styles"):
    FILES += [path for path in sorted((PACKAGE / folder).glob("*.py")) if path not in FILES]


def part_of(path: Path) -> str:
    """Return the part of the table that a file belongs to."""
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if first.startswith("settings_"):
        return "settings"
    if first.startswith("records_"):
        return "records"
    if first.startswith("store_"):
        return "store"
    if first.startswith("cli_"):
        return "cli"
    return "app" if first.startswith("app_") else first


def imports(path: Path, *, top_level_only: bool = False) -> Iterator[str]:
    """Yield the full name of everything that a file imports; relative ones as they are written, dot first."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            if module == "spottui":
                yield from (f"spottui.{name.name}" for name in node.names)
            else:
                yield module


def target_part(module: str) -> str | None:
    """Return which part of the table an import names; None when it names none."""
    if module.split(".")[0] in ("textual", "rich"):
        return "textual"
    words = module.split(".")
    if words[0] != "spottui" or len(words) < 2 or words[1] == "__version__":
        return None
    first = words[1]
    return next((part for part in ("settings", "records", "store") if first.startswith(f"{part}_")), first)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_what_its_layer_may(path: Path) -> None:
    part = part_of(path)
    if part in UNBOUND or path == PACKAGE / "__init__.py" or part == "styles":
        return
    assert part in MAY_IMPORT, f"{part} is in no line of the table: add it there and in the design"
    allowed = MAY_IMPORT[part]
    wrong = {name for name in imports(path) if (where := target_part(name)) and where not in allowed}
    assert not wrong, f"{path.relative_to(ROOT)} may not import {', '.join(sorted(wrong))}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_is_imported_by_one_name_only(path: Path) -> None:
    names = list(imports(path))
    assert not [name for name in names if name.startswith(".")], "relative imports"
    assert not [name for name in names if name.split(".")[0] in ("screens", "styles")]


@pytest.mark.parametrize("folder", ["screens", "styles"])
def test_the_folder_in_the_package_is_a_link_to_the_one_at_the_top(folder: str) -> None:
    link = PACKAGE / folder
    assert link.is_symlink()
    assert str(link.readlink()) == f"../{folder}"
    assert (ROOT / folder / "__init__.py").is_file()


def test_no_python_file_lies_in_a_part_that_the_table_does_not_know() -> None:
    parts = {part_of(path) for path in FILES} - {"__init__", "styles"}
    assert parts <= set(MAY_IMPORT) | UNBOUND


def test_the_command_line_starts_without_anything_heavy() -> None:
    names = ("__main__", "__init__", "cli", "clock", "errors", *(path.stem for path in PACKAGE.glob("cli_*.py")))
    light = [PACKAGE / f"{name}.py" for name in names]
    found = {name.split(".")[0] for path in light for name in imports(path, top_level_only=True)}
    assert not found & HEAVY
    assert found <= set(sys.stdlib_module_names) | {"click", "spottui"}


def test_only_the_command_line_touches_the_environment() -> None:
    readers = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv"):
                if isinstance(node.value, ast.Name) and node.value.id == "os":
                    readers.append(str(path.relative_to(PACKAGE)))
    assert set(readers) <= {"__main__.py"}
