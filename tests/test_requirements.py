"""The list of tested versions names every dependency, in a version that pyproject.toml takes, with its hashes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
TESTED = (ROOT / "requirements" / "tested.txt").read_text()
ENTRY = re.compile(r"^([\w.-]+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)


def test_each_dependency_is_listed_in_a_version_that_the_project_takes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [Requirement(text) for text in (*project["dependencies"], *project["optional-dependencies"]["test"])]
    listed = {canonicalize_name(name): version for name, version, _ in ENTRY.findall(TESTED)}
    missing = [str(one) for one in wanted if listed.get(canonicalize_name(one.name)) is None]
    assert not missing, "run: make requirements"
    unfit = [str(one) for one in wanted if not one.specifier.contains(listed[canonicalize_name(one.name)])]
    assert not unfit, "run: make requirements"


def test_each_line_is_a_version_with_hashes_and_names_no_place_to_get_it_from() -> None:
    rest = ENTRY.sub("", TESTED)
    assert all(line.startswith("#") for line in rest.splitlines()), rest
    assert "://" not in TESTED
