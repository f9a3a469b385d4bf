"""Where the cluster is looked for, and what is said when a kubeconfig cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spottui.errors import BadConfig
from spottui.sources.kubeconfig import ClusterPlace, contexts, find_cluster

CONFIG: dict[str, Any] = {
    "current-context": "robot",
    "contexts": [
        {"name": "robot", "context": {"cluster": "robot", "user": "operator", "namespace": "perception"}},
        {"name": "lab", "context": {"cluster": "lab"}},
    ],
    "clusters": [
        {"name": "robot", "cluster": {"server": "https://192.168.80.3:16443/"}},
        {"name": "lab", "cluster": {"server": "http://lab:8080"}},
    ],
    "users": [{"name": "operator", "user": {"token": "very-secret"}}],
}


def changed(**more: Any) -> str:
    return json.dumps({**CONFIG, **more})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def write(path: Path, text: str | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(CONFIG) if text is None else text)
    return path


def find(home: Path, **more: Any) -> ClusterPlace:
    given: dict[str, Any] = {
        "flag": None,
        "environ": {},
        "home": home,
        "context": None,
        "namespace": None,
        "microk8s": home / "microk8s" / "client.config",
        "service_account": home / "serviceaccount",
    }
    return find_cluster(**{**given, **more})


def refusal(home: Path, text: str, **more: Any) -> str:
    with pytest.raises(BadConfig) as caught:
        find(home, flag=write(home / "it.yaml", text), **more)
    assert "very-secret" not in str(caught.value)
    return str(caught.value)


def test_the_flag_wins_over_the_variable_and_that_over_the_home_file(home: Path) -> None:
    own = write(home / ".kube" / "config")
    variable, flag = write(home / "variable.yaml"), write(home / "flag.yaml")
    environ = {"KUBECONFIG": str(variable)}
    assert find(home).paths == (own,)
    assert find(home, environ=environ).paths == (variable,)
    assert find(home, environ=environ, flag=flag).paths == (flag,)


def test_microk8s_has_its_own_file_when_there_is_no_other(home: Path) -> None:
    file = write(home / "microk8s" / "client.config")
    assert find(home).paths == (file,)


def test_a_pod_uses_its_service_account(home: Path) -> None:
    for name, text in (("token", "abc\n"), ("ca.crt", "CA"), ("namespace", "robot\n")):
        write(home / "serviceaccount" / name, text)
    place = find(home, environ={"KUBERNETES_SERVICE_HOST": "10.1.0.1", "KUBERNETES_SERVICE_PORT": "443"})
    assert (place.kind, place.server, place.namespace) == ("in-cluster", "https://10.1.0.1:443", "robot")
    assert contexts(place) == []


def test_what_the_context_says_is_what_the_place_has(home: Path) -> None:
    place = find(home, flag=write(home / "it.yaml"))
    assert (place.context, place.cluster, place.user) == ("robot", "robot", "operator")
    assert (place.server, place.namespace) == ("https://192.168.80.3:16443", "perception")
    assert contexts(place) == ["lab", "robot"]
    assert find(home, flag=place.paths[0], context="lab", namespace="x").namespace == "x"


def test_several_files_are_merged_and_the_first_word_counts(home: Path) -> None:
    first = write(home / "a" / "config", json.dumps({"current-context": "lab"}))
    second = write(home / "b" / "config")
    paths = f"{first}:{home / 'missing'}:{second}"
    place = find(home, environ={"KUBECONFIG": paths})
    assert (place.context, place.paths) == ("lab", (first, second))


def test_relative_file_names_are_those_beside_their_own_kubeconfig(home: Path) -> None:
    clusters = [{"name": "robot", "cluster": {"server": "https://r", "certificate-authority": "ca.crt"}}]
    write(home / "ca.crt", "CA")
    assert find(home, flag=write(home / "it.yaml", changed(clusters=clusters))).server == "https://r"


def test_nothing_found_says_where_it_looked_and_what_to_do(home: Path) -> None:
    with pytest.raises(BadConfig) as caught:
        find(home)
    said = str(caught.value)
    for word in ("--kubeconfig", "KUBECONFIG", ".kube/config", "microk8s config", "serviceaccount"):
        assert word in said


def test_a_named_file_that_is_missing_is_never_replaced_by_another(home: Path) -> None:
    write(home / ".kube" / "config")
    with pytest.raises(BadConfig, match=r"KUBECONFIG names .*missing"):
        find(home, environ={"KUBECONFIG": str(home / "missing")})
    with pytest.raises(BadConfig, match="is not there"):
        find(home, flag=home / "missing")


def test_broken_yaml_is_named_by_file_and_line_without_its_contents(home: Path) -> None:
    said = refusal(home, "users:\n- name: x\n  user: {token: very-secret\ncontexts: [")
    assert "it.yaml, line 4" in said


@pytest.mark.parametrize("text", ["- a\n- b\n", "just words", "42"])
def test_a_file_that_is_no_mapping_is_said_to_be_none(home: Path, text: str) -> None:
    assert "is no mapping" in refusal(home, text)


@pytest.mark.parametrize("text", ["\x00\x01", "a: !!python/object:os.system x", "[" * 5000])
def test_a_file_that_is_no_yaml_at_all_is_a_sentence_too(home: Path, text: str) -> None:
    assert "it.yaml" in refusal(home, text)


def test_an_unknown_context_lists_the_contexts_and_the_nearest(home: Path) -> None:
    said = refusal(home, changed(), context="robt")
    assert "Did you mean robot?" in said
    assert "lab, robot" in said


def test_a_single_context_needs_no_current_context(home: Path) -> None:
    one = changed(**{"current-context": "", "contexts": CONFIG["contexts"][:1]})
    assert find(home, flag=write(home / "it.yaml", one)).context == "robot"
    assert "--context: lab, robot" in refusal(home, changed(**{"current-context": ""}))


def test_a_context_of_a_missing_cluster_or_user_is_named(home: Path) -> None:
    assert "names the cluster robot" in refusal(home, changed(clusters=CONFIG["clusters"][1:]))
    assert "names the user operator" in refusal(home, changed(users=[]))


@pytest.mark.parametrize("server", ["", "192.168.80.3:16443", "ftp://x", "https://", "https://x:port"])
def test_a_server_that_is_no_url_is_named(home: Path, server: str) -> None:
    clusters = [{"name": "robot", "cluster": {"server": server}}]
    assert "no usable server URL" in refusal(home, changed(clusters=clusters))


def test_a_missing_certificate_file_is_named(home: Path) -> None:
    users = [{"name": "operator", "user": {"client-certificate": "gone.crt"}}]
    said = refusal(home, changed(users=users))
    assert "client-certificate of the user operator" in said
    assert "gone.crt, is not there" in said


def test_base64_that_is_none_is_named_by_its_field(home: Path) -> None:
    users = [{"name": "operator", "user": {"client-key-data": "x", "client-certificate-data": "x"}}]
    said = refusal(home, changed(users=users))
    assert "client-certificate-data of the user operator is no base64" in said


def test_a_file_that_may_not_be_read_says_how_to_get_leave(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    file = write(home / "microk8s" / "client.config")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(BadConfig, match=r"may not be read by you.*usermod -aG microk8s"):
        find(home, flag=file)


def test_names_with_escape_sequences_are_cleaned(home: Path) -> None:
    evil = "ro\x1b[31mbot\u202e"
    entry = {"name": evil, "context": {"cluster": "robot", "user": "operator"}}
    place = find(home, flag=write(home / "it.yaml", changed(contexts=[entry], **{"current-context": ""})))
    assert place.context == "robot"


def test_a_proxy_of_the_environment_is_used_and_named_but_never_for_loopback(home: Path) -> None:
    environ = {"HTTPS_PROXY": "http://me:secret@proxy:3128"}
    place = find(home, flag=write(home / "it.yaml"), environ=environ)
    assert str(place.proxy) == "http://proxy:3128 (HTTPS_PROXY)"
    assert "secret" not in repr(place)
    local = changed(clusters=[{"name": "robot", "cluster": {"server": "https://127.0.0.1:16443"}}])
    assert find(home, flag=write(home / "it.yaml", local), environ=environ).proxy is None


@pytest.mark.parametrize("exception", ["192.168.80.3", "192.168.80.0/24", "x, 192.168.0.0/16", "*"])
def test_no_proxy_keeps_the_robot_off_the_proxy(home: Path, exception: str) -> None:
    environ = {"HTTPS_PROXY": "http://proxy:3128", "no_proxy": exception}
    assert find(home, flag=write(home / "it.yaml"), environ=environ).proxy is None


def test_the_kubeconfigs_own_proxy_wins_and_socks_is_refused_with_a_way_out(home: Path) -> None:
    def with_proxy(url: str) -> str:
        cluster = {"server": "https://r", "proxy-url": url}
        return changed(clusters=[{"name": "robot", "cluster": cluster}])

    environ = {"HTTPS_PROXY": "http://other:1", "NO_PROXY": "*"}
    place = find(home, flag=write(home / "it.yaml", with_proxy("http://own:3128")), environ=environ)
    assert place.proxy is not None
    assert place.proxy.url == "http://own:3128"
    assert "ssh -L" in refusal(home, with_proxy("socks5://localhost:1080"))
