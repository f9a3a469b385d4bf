"""What we know, one frozen record per thing; unknown is None, times are seconds since the epoch (UTC).

Every text in a record is already cleaned of control characters by the source that made it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Labels = Mapping[str, str]


class Meta(Struct, frozen=True, kw_only=True):
    """What every Kubernetes object has: its identity and its age."""

    uid: str
    name: str
    namespace: str
    """Empty for cluster-scoped kinds."""
    created_at: float | None
    labels: Labels = {}
    deleted_at: float | None = None
    """metadata.deletionTimestamp: deletion was asked for; the object is still there."""


class Owner(Struct, frozen=True):
    """The controlling entry of metadata.ownerReferences."""

    kind: str
    name: str
    uid: str


class Condition(Struct, frozen=True):
    """One entry of status.conditions."""

    type: str
    status: str
    """"True", "False" or "Unknown"."""
    reason: str = ""
    message: str = ""
    since: float | None = None
    """lastTransitionTime."""


class Usage(Struct, frozen=True):
    """What a node or a pod uses now."""

    cpu: float | None
    """Cores."""
    memory: int | None
    """Bytes of working set."""
    at: float | None
    """When it was measured, by the measuring side's clock."""
    source: str
    """Where the number is from: "metrics.k8s.io", "kubelet" or "host"."""


class Node(Meta, frozen=True, kw_only=True):
    """A node as the API server knows it (v1.Node)."""

    conditions: tuple[Condition, ...] = ()
    unschedulable: bool = False
    taints: tuple[str, ...] = ()
    """As kubectl describe writes them: "key=value:Effect"."""
    roles: tuple[str, ...] = ()
    capacity_cpu: float | None = None
    """Cores (status.capacity.cpu)."""
    allocatable_cpu: float | None = None
    allocatable_memory: int | None = None
    """Bytes (status.allocatable.memory)."""
    allocatable_pods: int | None = None
    gpus: int | None = None
    """status.capacity["nvidia.com/gpu"]; None when the node names none."""
    allocatable_gpus: int | None = None
    """status.allocatable["nvidia.com/gpu"]."""
    kubelet_version: str = ""
    os_image: str = ""
    architecture: str = ""
    kernel: str = ""
    container_runtime: str = ""
    internal_ip: str = ""
    runtime_handlers: tuple[str, ...] | None = None
    """status.runtimeHandlers names; None: the kubelet does not say (containerd before 2.0), not "none"."""
    annotations: Labels = {}


class Container(Struct, frozen=True, kw_only=True):
    """One container of a pod: spec and status joined by name."""

    name: str
    image: str = ""
    is_init: bool = False
    is_sidecar: bool = False
    """An init container with restartPolicy Always."""
    state: Literal["waiting", "running", "terminated", ""] = ""
    """Empty: the kubelet has not reported this container."""
    reason: str = ""
    message: str = ""
    exit_code: int | None = None
    signal: int | None = None
    started_at: float | None = None
    finished_at: float | None = None
    ready: bool = False
    started: bool | None = None
    restarts: int = 0
    last_reason: str = ""
    """lastState.terminated.reason: why it ended the time before."""
    last_message: str = ""
    last_exit_code: int | None = None
    last_signal: int | None = None
    last_finished_at: float | None = None
    has_probe: bool = False
    """A readiness or startup probe is declared."""
    memory_limit: int | None = None
    """Bytes."""
    ports: tuple[int, ...] = ()
    """The containerPorts that its spec names."""
    image_id: str = ""
    """status.imageID, mostly "repository@sha256:..."; empty: not pulled yet, or the runtime does not say."""


class Pod(Meta, frozen=True, kw_only=True):
    """A pod (v1.Pod), reduced to what its row, its status word and its verdict need."""

    phase: str = ""
    reason: str = ""
    """status.reason: Evicted, NodeLost, ..."""
    message: str = ""
    node: str = ""
    ip: str = ""
    owner: Owner | None = None
    runtime_class: str = ""
    """spec.runtimeClassName; the wasm verdict starts here."""
    containers: tuple[Container, ...] = ()
    """Init containers first, in the order of the spec."""
    status_order: tuple[int, ...] = ()
    """Positions in `containers` as the status lists them, where that is another order (the kubelet sorts by
    name): the status word is that of the first one. Empty when the order is the same."""
    conditions: tuple[Condition, ...] = ()
    readiness_gates: tuple[str, ...] = ()
    scheduling_gates: tuple[str, ...] = ()
    started_at: float | None = None
    annotations: Labels = {}
    """Only those that a verdict reads (wasm, spottui.dev/*): the rest is not kept."""
    gpus: int | None = None
    """Sum of nvidia.com/gpu limits."""
    cpu_request: float | None = None
    """Cores that the scheduler must find: the sum over the containers, or the largest init container."""
    memory_request: int | None = None
    """Bytes, likewise."""
    finalizers: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    """Names of the PersistentVolumeClaims among its volumes."""
    restart_policy: str = ""
    """spec.restartPolicy."""


class Workload(Meta, frozen=True, kw_only=True):
    """An owner of pods: Deployment, StatefulSet, DaemonSet, ReplicaSet, Job or CronJob."""

    kind: str
    desired: int | None = None
    """Wanted pods; for a Job its completions; None for a CronJob."""
    ready: int | None = None
    updated: int | None = None
    available: int | None = None
    generation: int | None = None
    observed_generation: int | None = None
    owner: Owner | None = None
    images: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    paused: bool = False
    """spec.paused of a Deployment, spec.suspend of a Job or CronJob."""
    schedule: str = ""
    last_scheduled_at: float | None = None
    revision: str = ""
    """deployment.kubernetes.io/revision, or a StatefulSet's updateRevision."""
    restarted_at: float | None = None
    """Pod template annotation kubectl.kubernetes.io/restartedAt."""
    runtime_class: str = ""
    selector: Labels = {}
    """spec.selector.matchLabels."""
    total: int | None = None
    """Pods of any revision (status.replicas); None for kinds that do not count them."""
    update_strategy: str = ""
    """Of a StatefulSet or DaemonSet: "RollingUpdate", "OnDelete"."""
    partition: int | None = None
    """Of a StatefulSet's rollingUpdate; None: there is no rollingUpdate."""
    current_revision: str = ""
    """A StatefulSet's status.currentRevision."""
    annotations: Labels = {}
    """Only those that a verdict reads (spottui.dev/*, Argo CD's tracking id)."""


class Namespace(Meta, frozen=True, kw_only=True):
    """A namespace (v1.Namespace)."""

    phase: str = ""


class WasmRuntime(Meta, frozen=True, kw_only=True):
    """A RuntimeClass (node.k8s.io/v1): a name that pods use, and the containerd handler behind it."""

    handler: str
    node_selector: Labels = {}
    engine_hint: str = ""
    """Annotation spottui.dev/wasm-engine: the operator's own word for the engine."""


class KubeEvent(Meta, frozen=True, kw_only=True):
    """A Kubernetes Event (core/v1 or events.k8s.io/v1)."""

    type: str
    """"Warning" or "Normal"."""
    reason: str
    message: str
    object_kind: str
    object_name: str
    object_uid: str = ""
    count: int = 1
    first_at: float | None = None
    last_at: float | None = None
    component: str = ""


class Access(Struct, frozen=True):
    """How we stand with one kind of one source: is what we show live, and if not, why."""

    state: Literal["waiting", "live", "stale", "forbidden", "absent", "expired", "failed"]
    """waiting: not heard yet; live; stale: no link, last values kept; forbidden: HTTP 403; absent: the API
    server has no such kind; expired: HTTP 401; failed: a bug or a reply that is no API."""
    reason: str = ""
    """A sentence for the operator; empty when live."""
    heard_at: float | None = None
    """When the source last heard anything of this kind, bookmarks included."""


class Target(Struct, frozen=True, kw_only=True):
    """What a command is aimed at, fixed at the key press: the UID goes to the API as a precondition."""

    kind: str
    """Kubernetes kind: "Deployment", "Pod", "Application", ..."""
    namespace: str
    name: str
    uid: str

    def __str__(self) -> str:
        """Return kind/name as kubectl writes it, e.g. "deployment/perception"."""
        return f"{self.kind.lower()}/{self.name}"


class Command(Struct, frozen=True, kw_only=True):
    """One of our own commands, as the audit log has it; shown on the Timeline."""

    id: str
    """One id per command: its "asked" and its outcome share it."""
    at: float
    action: str
    target: Target | None
    outcome: Literal["asked", "done", "failed", "unknown"]
    detail: str = ""
    seconds: float | None = None


class Finding(Struct, frozen=True, kw_only=True):
    """Something that deserves attention, its cause in words and the key that helps."""

    id: str
    severity: Literal["bad", "warn"]
    subject: str
    text: str
    since: float | None
    key: str = ""
    """E.g. "r restart", "s sync", "⏎ open"."""
    target: Target | None = None
    advice: str = ""
    """One sentence on what to do; empty where there is none beside the key."""
    code: str = ""
    """What the verdict is called: "OOM", "OFFLINE", "HANDLER_NOT_CONFIGURED", ...; empty: it is not about a pod."""
    is_critical: bool = False
    """The robot cannot do without it: a label or annotation spottui.dev/critical says so, or it is a lost node."""
    pod: str = ""
    """UID of the pod that the cause was read from."""
    container: str = ""
    """The container of that pod that it is about."""
