"""Logins that end: client certificates and service account tokens with a short life, and the files they lie in."""

from __future__ import annotations

import base64
import json
import shutil
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.cluster.control_plane import ControlPlane
from tests.cluster.credentials import write_kubeconfig

ISSUER = "https://kubernetes.default.svc"
LEEWAY = 60
"""Seconds after its `exp` for which the API server still takes a token: clocks differ (go-jose's default)."""


@dataclass(frozen=True, slots=True)
class CertificateLogin:
    """A kubeconfig that names the files of a client certificate and its key."""

    plane: ControlPlane
    user: str
    kubeconfig: Path

    @classmethod
    def made(cls, plane: ControlPlane, user: str, folder: Path, server: str) -> CertificateLogin:
        """Write the kubeconfig; `renew` writes the certificate."""
        folder.mkdir(parents=True)
        files = {"client-certificate": str(folder / "client.crt"), "client-key": str(folder / "client.key")}
        kubeconfig = folder / "kubeconfig"
        write_kubeconfig(kubeconfig, server, plane.authority.root.certificate, user, files)
        return cls(plane, user, kubeconfig)

    def renew(self, lifetime: timedelta) -> None:
        """Put a new certificate and its key in place of those that lie there."""
        pair = self.plane.authority.client(self.user, lifetime)
        shutil.copy(pair.certificate, self.kubeconfig.with_name("client.crt"))
        shutil.copy(pair.key, self.kubeconfig.with_name("client.key"))


@dataclass(frozen=True, slots=True)
class TokenLogin:
    """A kubeconfig that names the token file of a service account, as a pod or a login plugin keeps one."""

    plane: ControlPlane
    account: str
    kubeconfig: Path
    token_file: Path

    @classmethod
    def made(cls, plane: ControlPlane, account: str, folder: Path, server: str) -> TokenLogin:
        """Create the service account, with the rights of `viewer`, and write the kubeconfig."""
        folder.mkdir(parents=True)
        admin, path = plane.admin, "/api/v1/namespaces/default/serviceaccounts"
        admin.post(path, {"metadata": {"name": account}})
        for role in ("system:aggregate-to-view", "spottui-test-viewer"):
            plane.apply(_binding(account, role))
        token_file, kubeconfig = folder / "token", folder / "kubeconfig"
        authority = plane.authority.root.certificate
        write_kubeconfig(kubeconfig, server, authority, account, {"tokenFile": str(token_file)})
        return cls(plane, account, kubeconfig, token_file)

    @property
    def user(self) -> str:
        """How the API server calls the service account."""
        return f"system:serviceaccount:default:{self.account}"

    def renew(self) -> None:
        """Have the API server make a new token, and put it in place of the one that lies there."""
        path = f"/api/v1/namespaces/default/serviceaccounts/{self.account}/token"
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
        self.token_file.write_text(self.plane.admin.post(path, asked)["status"]["token"])

    def end_in(self, seconds: int) -> None:
        """Put a token in place which the server will refuse that soon.

        It makes none that live less than ten minutes, so this one is signed with its key.
        """
        path = f"/api/v1/namespaces/default/serviceaccounts/{self.account}"
        uid = self.plane.admin.get(path)["metadata"]["uid"]
        ends = int(time.time()) + seconds - LEEWAY
        claims = {
            "iss": ISSUER,
            "aud": [ISSUER],
            "sub": self.user,
            "iat": ends - 3600,
            "nbf": ends - 3600,
            "exp": ends,
            "kubernetes.io": {"namespace": "default", "serviceaccount": {"name": self.account, "uid": uid}},
        }
        key = load_pem_private_key((self.plane.folder / "pki" / "service-accounts.key").read_bytes(), None)
        assert isinstance(key, EllipticCurvePrivateKey)
        self.token_file.write_text(_signed(claims, key))


def _signed(claims: dict[str, Any], key: EllipticCurvePrivateKey) -> str:
    """Return a JWT, signed by ES256 (RFC 7518, 3.4)."""
    body = ".".join(_base64(json.dumps(part).encode()) for part in ({"alg": "ES256", "typ": "JWT"}, claims))
    r, s = decode_dss_signature(key.sign(body.encode(), ECDSA(SHA256())))
    return f"{body}.{_base64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _binding(account: str, role: str) -> dict[str, Any]:
    api = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{api}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": f"{account}-{role.replace(':', '-')}"},
        "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": "default"}],
    }
