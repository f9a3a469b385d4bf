"""spottui on a pty while the API server, its name or the login changes: restarts, DNS, certificates, tokens."""

from __future__ import annotations

import re
import shutil
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from spottui.sim.link import Shape
from tests.cluster.credentials import Authority, write_kubeconfig
from tests.cluster.processes import wait_until

from . import desk, dns
from .conftest import kubeconfigs
from .desk import Desk
from .fault_proxy import FaultProxy
from .logins import CertificateLogin, TokenLogin
from .ordeal import Ordeal
from .test_link import REQUESTS
from .world import World


def test_an_api_server_that_restarts_with_its_history_compacted_is_listed_anew(ordeal: Ordeal) -> None:
    plane, audit = ordeal.world.plane, ordeal.world.audit
    plane.kill_apiserver()
    ordeal.until_lost()
    ordeal.stay_lost(3)
    ordeal.proxy.set(Shape("down"))  # else they may be quick enough to hear of the change before it is compacted
    plane.start_apiserver()
    ordeal.something_changes()
    plane.kill_apiserver()
    audit.forget()
    plane.compact(restart=False)
    mark = audit.mark()
    ordeal.proxy.heal()
    plane.start_apiserver()
    # A server that starts refuses everybody until it has read its roles: lists, then watches, tried more than once.
    ordeal.is_over(requests=3 * REQUESTS)
    assert any(each.is_list and each.path == "/api/v1/pods" for each in audit.requests[mark:]), "nothing was compacted"


def test_a_name_that_no_longer_resolves_is_said_and_all_is_back_with_the_name_server(
    whole_world: World, proxy: FaultProxy, tmp_path: Path, root: None
) -> None:
    server = f"https://{dns.NAME}:{proxy.port}"
    logins = {name: whole_world.plane.kubeconfig(user, server) for name, user in Ordeal.USERS.items()}
    with (
        dns.NameServer() as names,
        desk.opened(tmp_path / "desk", logins, wrap=dns.wrap(tmp_path / "etc")) as at_desk,
    ):
        ordeal = Ordeal(whole_world, at_desk, proxy)
        names.is_silent = True
        at_desk.watch(8)  # an address is remembered for ten seconds, three of which were spent at rest
        proxy.set(Shape("reset"))
        proxy.heal()
        ordeal.until_lost()
        ordeal.something_changes()
        asked = names.asked
        ordeal.stay_lost(12)
        asked = names.asked - asked
        names.is_silent = False
        ordeal.is_over(requests=REQUESTS)
        assert asked <= 60, f"{asked} questions to the name server in 12 s"


def test_a_server_certificate_that_is_renewed_is_taken_without_a_word(ordeal: Ordeal) -> None:
    plane = ordeal.world.plane
    before = served(plane.port)
    plane.authority.serving()
    wait_until(lambda: served(plane.port) != before, "the server shows its new certificate", timeout=90)
    ordeal.something_changes()
    ordeal.proxy.set(Shape("reset"))
    ordeal.proxy.heal()
    ordeal.is_over(requests=REQUESTS, gap="")


def test_a_server_certificate_of_another_authority_is_refused_until_the_kubeconfig_on_disk_names_it(
    whole_world: World, proxy: FaultProxy, tmp_path: Path
) -> None:
    logins = kubeconfigs(whole_world, proxy)
    plane, other = whole_world.plane, Authority(tmp_path / "other")
    with desk.opened(tmp_path / "desk", logins) as at_desk:
        ordeal = Ordeal(whole_world, at_desk, proxy)
        proxy.set(Shape("reset"))
        ordeal.until_lost()
        ordeal.something_changes()
        with of_another_authority(whole_world, other):
            proxy.heal()
            at_desk.until(lambda: "its certificate is from a certificate" in at_desk.table.text, "why no link is there")
            ordeal.stay_lost(3)
            for name, user in Ordeal.USERS.items():
                server = f"https://127.0.0.1:{proxy.port}"
                write_kubeconfig(logins[name], server, other.root.certificate, user, {"token": plane.token(user)})
            ordeal.is_over(requests=REQUESTS)


def test_a_client_certificate_that_ends_and_is_renewed_on_disk_brings_all_back(
    whole_world: World, proxy: FaultProxy, tmp_path: Path
) -> None:
    server = f"https://127.0.0.1:{proxy.port}"
    logins = {
        name: CertificateLogin.made(whole_world.plane, user, tmp_path / name, server)
        for name, user in Ordeal.USERS.items()
    }
    for login in logins.values():
        login.renew(timedelta(seconds=25))
    with desk.opened(tmp_path / "desk", {name: login.kubeconfig for name, login in logins.items()}) as at_desk:
        ordeal = Ordeal(whole_world, at_desk, proxy)
        at_desk.until(lambda: login_expired(at_desk), "that the login has expired")
        ordeal.something_changes()
        at_desk.watch(5, lambda: login_expired(at_desk), "login expired")
        ordeal.is_unmoved()
        for login in logins.values():
            login.renew(timedelta(days=1))
        ordeal.is_over(requests=REQUESTS, gap="")
        ordeal.timeline_says("login expired", "the login is taken again")


def test_a_token_that_ends_and_is_renewed_on_disk_brings_all_back(
    whole_world: World, proxy: FaultProxy, tmp_path: Path
) -> None:
    server = f"https://127.0.0.1:{proxy.port}"
    logins = {
        name: TokenLogin.made(whole_world.plane, f"{name}-operator", tmp_path / name, server) for name in Ordeal.USERS
    }
    for login in logins.values():
        login.end_in(20)
    kubeconfigs = {name: login.kubeconfig for name, login in logins.items()}
    with desk.opened(tmp_path / "desk", kubeconfigs) as at_desk:
        ordeal = Ordeal(whole_world, at_desk, proxy, {name: login.user for name, login in logins.items()})
        at_desk.until(lambda: login_expired(at_desk), "that the login has expired")
        ordeal.something_changes()
        at_desk.watch(5, lambda: login_expired(at_desk), "login expired")
        ordeal.is_unmoved()
        for login in logins.values():
            login.renew()
        ordeal.is_over(requests=REQUESTS, gap="")
        ordeal.timeline_says("login expired", "the login is taken again")


def login_expired(at_desk: Desk) -> bool:
    """Whether both programs say that their login has ended."""
    return all(re.search("login expired", screen.text.partition("\n")[0]) for screen in (at_desk.table, at_desk.log))


def served(port: int) -> str:
    """Return the certificate that the server shows now, as PEM text."""
    return ssl.get_server_certificate(("127.0.0.1", port))


@contextmanager
def of_another_authority(world: World, other: Authority) -> Iterator[None]:
    """Have the API server show a certificate of another authority while the block lasts."""
    pki, port = world.plane.folder / "pki", world.plane.port
    pair = other.serving()
    before = served(port)
    kept = {name: (pki / name).read_bytes() for name in ("apiserver.crt", "apiserver.key")}
    try:
        shutil.copy(pair.certificate, pki / "apiserver.crt")
        shutil.copy(pair.key, pki / "apiserver.key")
        wait_until(lambda: served(port) != before, "the server shows the other certificate", timeout=90)
        yield
    finally:
        for name, content in kept.items():
            (pki / name).write_bytes(content)
        wait_until(lambda: served(port) == before, "the server shows its own certificate again", timeout=90)
