"""Why a pod is never made or never placed in its sandbox: admission, runtime handlers, shims."""

from __future__ import annotations

from spottui.verdicts.why_row import row

ADMISSION = (
    row(
        "RC_NOT_FOUND",
        r'RuntimeClass "(?P<name>[^"]+)" not found|runtimeclass\S* "(?P<other>[^"]+)" not found',
        'RuntimeClass "{name}{other}" does not exist.',
        "Create the RuntimeClass or install what brings it, or correct runtimeClassName.",
        "API server, admission",
    ),
    row(
        "RC_SELECTOR_CONFLICT",
        r"conflict: runtimeClass\.scheduling\.nodeSelector\[(?P<key>[^\]]+)\]",
        "The pod's nodeSelector contradicts that of its RuntimeClass at {key}.",
        "Take {key} out of the pod's nodeSelector or give it the class's value.",
        "API server, admission",
    ),
    row(
        "POLICY_DENIED",
        r"ValidatingAdmissionPolicy '(?P<policy>[^']+)' with binding '[^']+' denied request: (?P<said>[^\n]*)",
        "Policy {policy} refused it: {said}.",
        "Change the workload so that the policy allows it; a digest or signature policy wants the image pinned.",
        "API server, admission",
    ),
    row(
        "PSA_DENIED",
        r'violates PodSecurity "(?P<level>[^"]+)": (?P<said>[^\n]*)',
        'Pod Security "{level}" of the namespace refused it: {said}.',
        "Give the containers the securityContext that the level asks for, or move them to another namespace.",
        "API server, admission",
    ),
    row(
        "WEBHOOK_DENIED",
        r'admission webhook "(?P<hook>[^"]+)" denied the request:? ?(?P<said>[^\n]*)',
        "Admission webhook {hook} refused it: {said}.",
        "Do what the webhook asks for; its own documentation names the rule.",
        "API server, admission",
    ),
    row(
        "WEBHOOK_DOWN",
        r'failed calling webhook "(?P<hook>[^"]+)": (?P<said>[^\n]*)',
        "Admission webhook {hook} does not answer, and nothing is created without it: {said}.",
        "Look at the pods behind the webhook; one that needs the internet fails without a link.",
        "API server, admission",
    ),
    row(
        "QUOTA",
        r"exceeded quota: (?P<quota>[^,]+), requested: (?P<asked>[^,]+(?:,[^,=]+=[^,]+)*), used:"
        r" (?P<used>.*), limited: (?P<limit>.*)",
        "Quota {quota} of the namespace is used up: it asks for {asked}, used is {used}, allowed is {limit}.",
        "Raise the quota, or stop something else in the namespace.",
        "API server, admission",
    ),
    row(
        "QUOTA_UNSET",
        r"failed quota: (?P<quota>[^:]+): must specify (?P<what>[^\n]+)",
        "Quota {quota} of the namespace demands that every container says its {what}.",
        "Set {what} on the containers, or a LimitRange with defaults in the namespace.",
        "API server, admission",
    ),
    row(
        "LIMIT_RANGE",
        r"(?P<said>(?:maximum|minimum) \S+ usage per (?:Container|Pod) is [^\n]+?)(?:\]|$)",
        "The namespace's LimitRange refused it: {said}.",
        "Change the container's requests and limits, or the LimitRange.",
        "API server, admission",
    ),
    row(
        "SERVICE_ACCOUNT",
        r'error looking up service account (?P<where>[^:]+): serviceaccount "(?P<name>[^"]+)" not found',
        'ServiceAccount "{name}" does not exist in the namespace.',
        "Create the ServiceAccount or correct serviceAccountName.",
        "API server, admission",
    ),
    row(
        "PRIORITY_CLASS",
        r"no PriorityClass with name (?P<name>\S+) was found",
        'PriorityClass "{name}" does not exist.',
        "Create the PriorityClass or correct priorityClassName.",
        "API server, admission",
    ),
    row(
        "NAMESPACE_ENDS",
        r"because it is being terminated",
        "The namespace is being deleted, so nothing new is made in it.",
        "Wait until it is gone, or look for the finalizer that holds it.",
        "API server, admission",
    ),
)

SANDBOX = (
    row(
        "HANDLER_NOT_CONFIGURED",
        r'no runtime for "(?P<handler>[^"]+)" is configured',
        'The node\'s containerd has no runtime handler "{handler}": its wasm runtime is not installed or'
        " not configured.",
        "Provision the node for {handler} (4 Wasm), or move the pod to a node that has it.",
        "containerd",
    ),
    row(
        "HANDLER_UNSUPPORTED",
        r'RuntimeHandler "(?P<handler>[^"]+)" not supported',
        'The node\'s container runtime knows no handlers at all, so not "{handler}".',
        "Use a node with containerd or CRI-O.",
        "cri-dockerd",
    ),
    row(
        "HANDLER_EMPTY",
        r"container\.Runtime\.Name must be set",
        "The handler's section in containerd's configuration names no runtime_type.",
        "Correct the section for this containerd's configuration version, and restart containerd.",
        "containerd",
    ),
    row(
        "SHIM_MISSING",
        r'runtime "(?P<runtime>[^"]+)" binary not installed "(?P<binary>[^"]+)"',
        "The shim {binary} is not on the node, so runtime {runtime} cannot start.",
        "Provision the node again; the shim must lie in containerd's PATH.",
        "containerd",
    ),
    row(
        "SHIM_MISSING",
        r"invalid custom binary path: stat (?P<binary>[^\s:]+)",
        "The shim {binary} is gone from the node.",
        "Provision the node again.",
        "containerd",
    ),
    row(
        "SHIM_WRONG_ARCH",
        r"(?:fork/exec|exec:?) (?P<binary>\S*containerd-shim\S*?):? exec format error",
        "The shim {binary} is made for another processor.",
        "Install the shim for this node's architecture.",
        "containerd",
    ),
    row(
        "SHIM_RO_HOST",
        r"bind mount destination file\s*: Read-only file system",
        "The shim must write to a path of the node that is read-only.",
        "Put containerd's state on a writable disk (/data on a CORE I/O).",
        "runwasi shim",
    ),
    row(
        "ENGINE_CANT_HANDLE",
        r"(?P<engine>\w+) executor can't handle spec",
        "The engine {engine} takes the container's entrypoint for no wasm module.",
        "Let the entrypoint name a .wasm file of the image.",
        "runwasi shim",
    ),
    row(
        "ENGINE_VERSION",
        r"incompatible [Ww]asmtime|failed to validate component output",
        "The module was compiled for another version of the engine.",
        "Build the module for this shim's engine, or update the shim.",
        "spin shim",
    ),
    row(
        "SPIN_TRIGGER",
        r"Couldn't find trigger executor(?: for (?P<trigger>[^\s,]+))?",
        "The Spin app's trigger {trigger} is not one that this shim can run.",
        "Use a trigger that the shim has (http, redis, sqs, mqtt, command), or update the shim.",
        "spin shim",
    ),
    row(
        "SPIN_LAYERS",
        r"expected single layer|only a single module is supported",
        "The image has more wasm layers than the engine takes.",
        "Build the image with one module.",
        "wasm shim",
    ),
    row(
        "ROOTFS_READONLY",
        r"failed to create cache|failed to write \"/spin\.lock\"|Read-only file system \(os error 30\)",
        "The shim must write to the container's root file system, which is read-only.",
        "Take readOnlyRootFilesystem off this container.",
        "spin shim",
    ),
    row(
        "NO_MEMORY",
        r"mmap failed to allocate|Cannot allocate memory",
        "The engine could not reserve its memory.",
        "Free memory on the node, or lower the engine's pooling limits.",
        "wasm shim",
    ),
    row(
        "NETWORK_PLUGIN",
        r"network plugin is not ready|cni plugin not initialized|failed to setup network for"
        r" sandbox[^\n]*?(?P<said>plugin type=[^\n]{0,120})?",
        "The node's network plugin (CNI) is not ready, so the pod gets no address. {said}",
        "Look at the CNI's pods in kube-system and at /etc/cni/net.d of the node.",
        "kubelet, containerd",
    ),
    row(
        "SANDBOX_IMAGE",
        r'failed to (?:get|pull) sandbox image "(?P<image>[^"]+)"',
        "The pause image {image} is not on the node and cannot be pulled.",
        "Bring {image} to the node beforehand; without it no pod starts.",
        "containerd",
    ),
    row(
        "SANDBOX_NAME_TAKEN",
        r'failed to reserve sandbox name "[^"]+"',
        "containerd still holds an earlier attempt at this pod: it is slow or stuck.",
        "Wait; if it lasts, the node's disk is overloaded or containerd must be restarted.",
        "containerd",
    ),
)
