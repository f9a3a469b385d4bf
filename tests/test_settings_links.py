"""The [links] section: what may be probed, and how low-data mode is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from spottui.__main__ import cli
from spottui.cli_request import Request
from spottui.config import load
from spottui.errors import BadConfig
from spottui.settings import Settings
from spottui.settings_links import named_urls
from spottui.settings_text import effective


def read(folder: Path, text: str = "", **environ: str) -> Settings:
    """Read a settings file with this [links] section."""
    (folder / "config.toml").write_text(f"[links]\n{text}\n")
    return load(environ=environ, home=folder, folder=folder, config_file=folder / "config.toml")


def test_by_default_the_link_is_watched_and_nothing_else_is_asked(tmp_path: Path) -> None:
    links = read(tmp_path).links
    assert (links.low_data, links.low_data_below, links.probes) == (False, 20_000, ())
    assert (links.argocd, links.modem_address) == (None, None)


def test_probes_are_read_from_the_file_and_from_the_environment_and_written_again(tmp_path: Path) -> None:
    text = 'probes = ["site = https://site.example/up", "plc=tcp://10.0.0.9:502"]'
    settings = read(tmp_path, text)
    assert named_urls(settings.links.probes) == [("site", "https://site.example/up"), ("plc", "tcp://10.0.0.9:502")]
    (tmp_path / "again.toml").write_text(effective(settings))
    again = load(environ={}, home=tmp_path, folder=tmp_path, config_file=tmp_path / "again.toml")
    assert again.links == settings.links
    assert read(tmp_path, SPOTTUI_LINKS_PROBES="a=ssh://git.example, b=http://x").links.probes == (
        "a=ssh://git.example",
        "b=http://x",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('probes = "site=https://site.example"', 'a list of "name=url"'),
        ('probes = ["https://site.example"]', '"name=url" such as'),
        ('probes = ["a=ftp://x"]', "begins with https://"),
        ('probes = ["a=tcp://x"]', "with a port"),
        ('probes = ["a=https://ana:hunter2@x"]', "without user and password"),
        ('probes = ["a=https://x", "a=https://y"]', "is there twice"),
        ('probes = ["a=https://x:99999"]', "a URL, not"),
        ('argocd = "argo.example"', "begins with https://"),
        ('modem_address = "a b"', "an address such as"),
        ('modem_address = "10.0.0.1:70000"', "an address such as"),
        ("low_data_below = -1", "a number from 0"),
    ],
)
def test_what_cannot_be_taken_is_said_with_what_was_meant(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadConfig) as caught:
        read(tmp_path, text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "address", ["192.168.50.5", "coreio.local:21443", "https://192.168.50.5:21443/", "[fd00::5]:1"]
)
def test_a_modems_address_may_have_a_port(tmp_path: Path, address: str) -> None:
    assert read(tmp_path, f'modem_address = "{address}"').links.modem_address == address


@pytest.mark.parametrize(("flags", "asked"), [([], None), (["--low-data"], True)])
def test_the_flag_asks_for_low_data_mode_and_its_absence_leaves_it_to_the_file(
    flags: list[str], asked: bool | None
) -> None:
    request = Request({})
    CliRunner().invoke(cli, [*flags, "config", "path"], obj=request)
    assert request.flags.get("links.low_data") is asked
