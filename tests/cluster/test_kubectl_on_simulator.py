"""kubectl works on the embedded robot as on a real cluster: what it prints is what an operator knows.

kubectl is that of the machine (Debian's package kubernetes-client, installed by the gate where it is missing).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 60.0
pytestmark = pytest.mark.cluster


class Kubectl:
    """Runs kubectl against the embedded robot as one of its users."""

    def __init__(self, kubeconfig: Path, folder: Path) -> None:
        self._environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "KUBECONFIG": str(kubeconfig)}

    def run(self, *words: str, stdin: str = "", code: int = 0) -> str:
        """Return what it printed; fails when its exit status is another one."""
        done = subprocess.run(
            ["kubectl", *words], input=stdin, env=self._environ, capture_output=True, text=True, timeout=60, check=False
        )
        said = done.stdout + done.stderr
        assert done.returncode == code, f"kubectl {' '.join(words)}: {done.returncode}\n{said}"
        return said

    def until(self, holds: Callable[[str], bool], *words: str) -> str:
        """Run it until what it prints holds."""
        deadline = time.monotonic() + PATIENCE
        while not holds(said := self.run(*words)):
            assert time.monotonic() < deadline, f"kubectl {' '.join(words)} never came to that:\n{said}"
            time.sleep(0.2)
        return said

    def pod(self, namespace: str, workload: str) -> str:
        """Return the name of a running pod of a workload."""
        names = self.until(
            lambda said: any(line.startswith(f"{workload}-") for line in said.splitlines()),
            *("get", "pods", "-n", namespace, "--field-selector=status.phase=Running", "--no-headers"),
        )
        return next(line.split()[0] for line in names.splitlines() if line.startswith(f"{workload}-"))


@pytest.fixture(scope="module")
def kubectl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubectl]:
    """Start the embedded robot as a process of its own, ten times as fast as life."""
    assert shutil.which("kubectl"), "kubectl is missing: apt-get install kubernetes-client"
    folder = tmp_path_factory.mktemp("simulator")
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "spottui.sim", "--scenario", "quiet"],
        env=environ,
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield Kubectl(Path(json.loads(process.stdout.readline())["kubeconfig"]), folder)
    finally:
        process.terminate()
        process.wait(20)


def columns(said: str) -> list[str]:
    return re.split(r"\s{2,}", said.splitlines()[0].strip())


def test_get_prints_the_columns_that_operators_know(kubectl: Kubectl) -> None:
    assert columns(kubectl.run("get", "pods", "-A")) == ["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert columns(kubectl.run("get", "nodes")) == ["NAME", "STATUS", "ROLES", "AGE", "VERSION"]
    deployments = ["NAMESPACE", "NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]
    assert columns(kubectl.run("get", "deploy", "-A")) == deployments
    assert columns(kubectl.run("get", "applications", "-A"))[:4] == [
        "NAMESPACE",
        "NAME",
        "SYNC STATUS",
        "HEALTH STATUS",
    ]
    assert "spinapps.core.spinkube.dev" in kubectl.run("api-resources", "-o", "name")


def test_get_finds_by_label_and_field_and_says_what_is_not_there(kubectl: Kubectl) -> None:
    pod = kubectl.pod("perception", "cam-front")
    label = kubectl.run("get", "pod", pod, "-n", "perception", "-o", "jsonpath={.metadata.labels.pod-template-hash}")
    assert kubectl.run("get", "pods", "-A", "-l", f"pod-template-hash={label}", "-o", "name").split() == [f"pod/{pod}"]
    running = kubectl.run("get", "pods", "-A", "--field-selector=status.phase=Pending,spec.nodeName=nowhere")
    assert running.strip() == "No resources found"
    missing = kubectl.run("get", "pod", "nobody", "-n", "perception", code=1)
    assert missing.strip() == 'Error from server (NotFound): pods "nobody" not found'


def test_describe_tells_containers_conditions_and_events(kubectl: Kubectl) -> None:
    said = kubectl.run("describe", "pod", kubectl.pod("perception", "cam-front"), "-n", "perception")
    for fact in ("Namespace:", "Node:", "Status:", "Controlled By:", "Containers:", "Ready:", "Conditions:", "Events:"):
        assert fact in said
    node = kubectl.run("describe", "node")
    for fact in ("Conditions:", "MemoryPressure", "Capacity:", "Allocated resources:", "System Info:"):
        assert fact in node


def test_logs_of_now_with_times_and_of_a_number_of_lines(kubectl: Kubectl) -> None:
    pod = kubectl.pod("perception", "cam-front")
    kubectl.until(lambda said: len(said.splitlines()) >= 3, "logs", "-n", "perception", pod)
    last = kubectl.run("logs", "-n", "perception", pod, "-c", "cam-front", "--tail=2", "--timestamps").splitlines()
    assert len(last) == 2 and all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z ", line) for line in last)
    none = kubectl.run("logs", "-n", "perception", pod, "-p", code=1)
    assert "previous terminated container" in none and "not found" in none


def test_exec_gives_output_input_and_the_exit_status(kubectl: Kubectl) -> None:
    pod = ("-n", "perception", kubectl.pod("perception", "cam-front"), "-c", "cam-front")
    assert "etc" in kubectl.run("exec", *pod, "--", "ls", "/").split()
    assert kubectl.run("exec", "-i", *pod, "--", "cat", stdin="frame\n") == "frame\n"
    assert "exit code 3" in kubectl.run("exec", *pod, "--", "sh", "-c", "exit 3", code=3)
    assert "executable file not found" in kubectl.run("exec", *pod, "--", "no-such-program", code=1)


def test_patch_and_label_change_what_they_name_and_no_more(kubectl: Kubectl) -> None:
    where = ("-n", "kube-system", "deployment", "coredns")
    kubectl.run("patch", *where, "--type=merge", "-p", '{"metadata":{"annotations":{"by":"test"}}}')
    kubectl.run("label", *where, "team=field")
    found = json.loads(kubectl.run("get", *where, "-o", "json"))
    assert found["metadata"]["annotations"]["by"] == "test" and found["metadata"]["labels"]["team"] == "field"
    unchanged = kubectl.run("patch", *where, "--type=merge", "-p", '{"metadata":{"annotations":{"by":"test"}}}')
    assert "no change" in unchanged
    refused = kubectl.run(
        "patch", *where, "--type=json", "-p", '[{"op":"test","path":"/spec/replicas","value":9}]', code=1
    )
    assert "the server rejected our request due to an error in our request" in refused


def test_rollout_restart_replaces_the_pods_and_has_a_history(kubectl: Kubectl) -> None:
    where = ("-n", "perception", "deployment/cam-back")
    before = kubectl.pod("perception", "cam-back")
    assert "restarted" in kubectl.run("rollout", "restart", *where)
    assert "successfully rolled out" in kubectl.run("rollout", "status", *where, "--timeout=60s")
    kubectl.until(lambda said: before not in said, "get", "pods", "-n", "perception", "-o", "name")
    history = kubectl.run("rollout", "history", *where)
    assert re.search(r"^1\s", history, re.M) and re.search(r"^2\s", history, re.M)


def test_scale_and_delete_are_followed_by_the_controllers(kubectl: Kubectl) -> None:
    kubectl.run("create", "namespace", "trial")
    kubectl.run("create", "deployment", "web", "--image=registry.example/web:1", "--replicas=2", "-n", "trial")
    kubectl.until(lambda said: "2/2" in said, "get", "deploy", "web", "-n", "trial")
    kubectl.run("scale", "deployment/web", "--replicas=0", "-n", "trial")
    kubectl.until(lambda said: "0/0" in said, "get", "deploy", "web", "-n", "trial")
    kubectl.run("delete", "deployment", "web", "-n", "trial")
    kubectl.until(lambda said: "No resources found" in said, "get", "rs", "-n", "trial")
    kubectl.run("delete", "namespace", "trial")


def test_top_shows_what_nodes_and_pods_use(kubectl: Kubectl) -> None:
    nodes = kubectl.run("top", "nodes").splitlines()
    assert nodes[0].split()[:3] == ["NAME", "CPU(cores)", "CPU(%)"] or nodes[0].split()[:2] == ["NAME", "CPU(cores)"]
    assert re.search(r"\d+m\s", nodes[1]) and re.search(r"\d+Mi", nodes[1])
    pods = kubectl.run("top", "pods", "-n", "perception")
    assert re.search(r"cam-front-\S+\s+\d+m\s+\d+Mi", pods)


def test_a_viewer_is_refused_in_the_servers_words(kubectl: Kubectl) -> None:
    assert kubectl.run("auth", "can-i", "delete", "pods", "-n", "perception").strip() == "yes"
    contexts = kubectl.run("config", "get-contexts", "-o", "name").split()
    viewer = next((name for name in contexts if "viewer" in name), None)
    assert viewer, contexts
    refused = kubectl.run(
        "--context", viewer, "delete", "pod", kubectl.pod("perception", "cam-back"), "-n", "perception", code=1
    )
    said = 'is forbidden: User "viewer" cannot delete resource "pods" in API group "" in the namespace "perception"'
    assert "Error from server (Forbidden)" in refused and said in refused
