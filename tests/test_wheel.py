"""The wheel and the source archive hold everything, the linked folders too, and the wheel runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.slow

SOURCES = ("spottui", "screens", "styles", "pyproject.toml", "README.md", "LICENSE")


def run(*command: str | Path, folder: Path) -> str:
    """Run a command; return its output, or fail with it."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source archive, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("wheel")
    checkout = folder / "checkout"
    checkout.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(ROOT / name, checkout / name, symlinks=True, ignore=unwanted)
        else:
            shutil.copy(ROOT / name, checkout / name)
    run(sys.executable, "-m", "build", "--outdir", folder / "dist", ".", folder=checkout)
    return folder / "dist"


def wanted() -> set[str]:
    """Return every file of the package as it must be installed, the linked folders as plain ones."""
    found: set[str] = set()
    for folder, _, names in os.walk(ROOT / "spottui", followlinks=True):
        where = Path(folder).relative_to(ROOT)
        found |= {str(where / name) for name in names if name.endswith((".py", ".tcss", ".toml", ".txt"))}
    return found


def test_the_wheel_holds_the_package_and_nothing_else(archives: Path) -> None:
    (wheel,) = archives.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in names if ".dist-info/" not in name} == wanted()
    assert "spottui/styles/base.tcss" in names
    assert "spottui/sim/scenarios/field-day.toml" in names
    assert any(name.startswith("spottui/screens/") and name.endswith("overview.py") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_source_archive_holds_the_linked_folders_as_plain_files(archives: Path) -> None:
    (archive,) = archives.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        members = {member.name.partition("/")[2]: member for member in tar.getmembers()}
    assert wanted() <= members.keys()
    assert not [name for name, member in members.items() if member.issym()]


def test_the_wheel_runs_in_a_new_environment(archives: Path, tmp_path: Path) -> None:
    (wheel,) = archives.glob("*.whl")
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", str(python))
    run(*pip, "install", "-q", "--no-deps", "--no-index", wheel, folder=tmp_path)
    (site,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    ours = Path(pytest.__file__).parent.parent  # what spottui depends on comes from here, not from the network
    (site / "dependencies.pth").write_text(f"{ours}\n")
    said = run(tmp_path / "venv" / "bin" / "spottui", "--version", folder=tmp_path)
    assert said.startswith("spottui 0.")
    script = "import spottui.app, spottui.screens.overview as o; print(o.__file__)"
    assert run(python, "-c", script, folder=tmp_path).startswith(str(site))
