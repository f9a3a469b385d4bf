"""An operator's home with secrets in every place that spottui reads, and the embedded robot to use them on."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
PLANTED = {
    name: f"planted-{number:04}-{name.replace('_', '-')}"
    for number, name in enumerate(
        (
            "other_token",
            "other_password",
            "plugin_variable",
            "client_key",
            "robot_password",
            "robot_file",
            "argocd_token",
            "secret_value",
            "config_value",
            "variable_value",
        ),
        1000,
    )
}
"""Values that are not needed to log in, by the place where they are."""
PLUGIN = """\
import json, os, sys
assert os.environ["PLUGIN_SECRET"]
with open(sys.argv[1]) as file:
    token = file.read()
kind = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}
print(json.dumps({**kind, "status": {"token": token}}))
"""


class Planted:
    """The robot, the home, and what must be found nowhere but where it was planted."""

    def __init__(self, folder: Path, told: Mapping[str, Any], process: subprocess.Popen[bytes]) -> None:
        self.told, self.process = told, process
        self.home = folder / "home"
        self.own = folder / "own"
        """Files of the operator's own: where secrets may be."""
        for one in (self.home / ".kube", self.home / ".config" / "spottui", self.own):
            one.mkdir(parents=True)
        kubeconfig = json.loads(Path(told["kubeconfig"]).read_text())
        self.cluster = kubeconfig["clusters"][0]["cluster"]
        self.token: str = kubeconfig["users"][0]["user"]["token"]
        self.secrets = {
            **PLANTED,
            "token": self.token,
            "robot": told["credentials"]["payload_secret"],
            "control": told["control"]["token"],
        }
        self._write()

    def _write(self) -> None:
        (self.own / "token").write_text(self.token)
        (self.own / "plugin.py").write_text(PLUGIN)
        (self.own / "robot").write_text(PLANTED["robot_file"])
        (self.own / "argocd").write_text(PLANTED["argocd_token"])
        plugin = {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": sys.executable,
            "args": [str(self.own / "plugin.py"), str(self.own / "token")],
            "env": [{"name": "PLUGIN_SECRET", "value": PLANTED["plugin_variable"]}],
            "interactiveMode": "Never",
        }
        others = {"token": PLANTED["other_token"], "client-key-data": PLANTED["client_key"]}
        password = {"username": "ana", "password": PLANTED["other_password"]}
        document = {
            "current-context": "planted",
            "contexts": [{"name": "planted", "context": {"cluster": "robot", "user": "plugin"}}],
            "clusters": [{"name": "robot", "cluster": self.cluster}],
            "users": [
                {"name": "plugin", "user": {"exec": plugin}},
                {"name": "other", "user": others},
                {"name": "third", "user": password},
            ],
        }
        (self.home / ".kube" / "config").write_text(json.dumps(document))
        robot = self.told["robot"]
        (self.home / ".config" / "spottui" / "config.toml").write_text(
            f"""\
[log]
level = "debug"
[robot]
address = "{robot["address"]}:{robot["port"]}"
ca = "{self.told["ca"]}"
username = "user"
password_file = "{self.own / "robot"}"
[argocd]
url = "http://127.0.0.1:9"
token_file = "{self.own / "argocd"}"
"""
        )

    @property
    def environ(self) -> dict[str, str]:
        """The operator's environment, passwords and all."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "USER": "ana",
            "PYTHONPATH": str(ROOT),
            "BOSDYN_CLIENT_PASSWORD": PLANTED["robot_password"],
            "ARGOCD_AUTH_TOKEN": PLANTED["argocd_token"],
        }

    def request(self, method: str, path: str, body: Any) -> Any:
        """Ask the API server as the administrator."""
        context = ssl.create_default_context(cafile=self.told["ca"])
        request = urllib.request.Request(
            f"{self.cluster['server']}{path}",
            data=json.dumps(body).encode(),
            method=method,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, context=context, timeout=20) as reply:
            return json.load(reply)

    def plant_objects(self) -> None:
        """Create a Secret, a ConfigMap and a pod whose environment holds a password."""
        meta = {"name": "planted", "namespace": "default"}
        self.request(
            "POST",
            "/api/v1/namespaces/default/secrets",
            {"metadata": meta, "stringData": {"password": PLANTED["secret_value"]}},
        )
        self.request(
            "POST",
            "/api/v1/namespaces/default/configmaps",
            {"metadata": meta, "data": {"hidden": PLANTED["config_value"]}},
        )
        variable = {"name": "DB_PASSWORD", "value": PLANTED["variable_value"]}
        container = {"name": "main", "image": "nginx:1", "env": [variable]}
        applied = {
            "kubectl.kubernetes.io/last-applied-configuration": json.dumps({"spec": {"containers": [container]}})
        }
        self.request(
            "POST",
            "/api/v1/namespaces/default/pods",
            {"metadata": {**meta, "name": "aaa-planted", "annotations": applied}, "spec": {"containers": [container]}},
        )


@contextmanager
def planted(folder: Path) -> Iterator[Planted]:
    """Start the embedded robot and plant; all of it ends with the block."""
    (folder / "sim").mkdir()
    command = [sys.executable, "-m", "spottui.sim", "--with-parent", "--scenario", "quiet"]
    command += ["--folder", str(folder / "sim" / "files"), "--state-home", str(folder / "sim" / "state")]
    command += ["--log-file", str(folder / "sim" / "log")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        try:
            assert process.stdout is not None and process.stdin is not None
            found = Planted(folder, json.loads(process.stdout.readline()), process)
            found.plant_objects()
            yield found
        finally:
            process.stdin.close()  # type: ignore[union-attr]
            process.wait(20)
