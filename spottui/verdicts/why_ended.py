"""Why a container does not start, and why the kubelet ended or refused a pod."""

from __future__ import annotations

from spottui.verdicts.why_row import row

START = (
    row(
        "RAN_AS_LINUX",
        r"\.wasm\S*:? [Ee]xec format error",
        "The .wasm file was started as a Linux program: no wasm handler was used.",
        "Set runtimeClassName to a wasm RuntimeClass.",
        "runc, crun",
    ),
    row(
        "WRONG_ARCH",
        r"[Ee]xec format error",
        "The program in the image is made for another processor.",
        "Build the image for the node's architecture (arm64 on a CORE I/O).",
        "runc",
    ),
    row(
        "COMMAND_MISSING",
        r'exec: "(?P<command>[^"]*)": (?:stat [^\n:]*: no such file or directory|executable file not'
        r" found in \$PATH)",
        'The image has no program "{command}".',
        "Correct the container's command, or the image.",
        "runc",
    ),
    row(
        "COMMAND_DENIED",
        r'exec: "(?P<command>[^"]*)": permission denied',
        '"{command}" of the image may not be executed.',
        "Give the file its execute bit in the image.",
        "runc",
    ),
    row(
        "DEVICE_DENIED",
        r"(?:error gathering device information while adding custom device|unresolvable CDI devices?)"
        r" (?P<device>[^\s:]+)",
        "The device {device} is not there for the container.",
        "Plug the device in, or look at the device plugin's pod.",
        "kubelet, runc",
    ),
    row(
        "GPU_RUNTIME",
        r"nvidia-container-cli: (?P<said>[^\n]{0,120})|libnvidia-ml\.so[^\n]*|failed to initialize NVML[^\n]*",
        "NVIDIA's container runtime failed: {said}.",
        "Look at the driver and the NVIDIA container toolkit on the node.",
        "NVIDIA container runtime",
    ),
    row(
        "POST_START",
        r"PostStartHook|Exec lifecycle hook \(\[(?P<command>[^\]]*)\]\)[^\n]*failed",
        "The container's postStart hook failed.",
        "Correct the hook, or look at what it needs.",
        "kubelet",
    ),
    row(
        "CGROUP",
        r"cgroup[^\n]{0,80}(?:memory\.limit_in_bytes|memory\.max)[^\n]*|container init was OOM-killed"
        r" \(memory limit too low\?\)",
        "The memory limit is too low for the container to start at all.",
        "Raise the container's memory limit.",
        "runc",
    ),
    row(
        "SHIM_FAILED",
        r"failed to (?:start shim|create shim task|start containerd task|create containerd"
        r" task)[^\n]{0,20}?(?P<said>[^\n]{0,140})",
        "The container's shim failed{said}.",
        "The full reason stands in containerd's journal of the node.",
        "containerd",
    ),
)

KUBELET = (
    row(
        "EVICTED_DISK",
        r"The node was low on resource: (?P<what>ephemeral-storage|inodes|imagefs\S*|nodefs\S*)\.?"
        r" ?(?P<said>[^\n]{0,160})",
        "The node ran short of {what}, so the kubelet evicted the pod. {said}",
        "Free space on the node's disk; the pod's controller makes a new one.",
        "kubelet",
    ),
    row(
        "EVICTED_MEMORY",
        r"The node was low on resource: (?P<what>memory|pids)\.? ?(?P<said>[^\n]{0,200})",
        "The node ran short of {what}, so the kubelet evicted the pod. {said}",
        "Find what uses the {what} (8 Host, 2 Nodes), and give the important pods requests.",
        "kubelet",
    ),
    row(
        "EVICTED_LIMIT",
        r"(?P<said>(?:Pod|Container \S+) (?:ephemeral local storage usage )?exceed(?:s|ed)[^\n]{0,140}"
        r"|Usage of EmptyDir volume[^\n]{0,140})",
        "It wrote more to local disk than it may: {said}.",
        "Raise the limit, or write less.",
        "kubelet",
    ),
    row(
        "NODE_SHUTDOWN",
        r"Pod was terminated in response to imminent node shutdown|node shutdown|NodeShutdown",
        "The node was shut down, which ended the pod.",
        "Its controller makes a new one once the node is back.",
        "kubelet",
    ),
    row(
        "NODE_AFFINITY",
        r"Predicate NodeAffinity failed|node\(s\) didn't match Pod's node affinity/selector$",
        "The kubelet refused the pod: the node no longer has the labels that it wants.",
        "Put the label back on the node, or change the pod's selector.",
        "kubelet",
    ),
    row(
        "KUBELET_REFUSED",
        r"(?:Pod was rejected: )?(?:Node didn't have enough resource: (?P<what>\S+)|OutOf(?P<short>cpu"
        r"|memory|pods|nvidia\.com/gpu))[^\n]*",
        "The kubelet refused the pod: the node has not enough {what}{short} left.",
        "Stop something on the node, or lower the pod's requests.",
        "kubelet",
    ),
    row(
        "ADMISSION_ERROR",
        r"UnexpectedAdmissionError|Allocate failed due to (?P<said>[^\n]{0,140})",
        "The kubelet could not give the pod its device: {said}.",
        "Look at the device plugin's pod on the node; delete the pod once it runs.",
        "kubelet",
    ),
    row(
        "DEADLINE",
        r"Pod was active on the node longer than the specified deadline|DeadlineExceeded",
        "It ran longer than its activeDeadlineSeconds allow.",
        "Raise the deadline, or find out what made it slow.",
        "kubelet, job controller",
    ),
    row(
        "BACKOFF_LIMIT",
        r"Job has reached the specified backoff limit|BackoffLimitExceeded",
        "The Job's pods failed as often as it allows.",
        "Read the logs of its last pod; run it again when the cause is gone.",
        "job controller",
    ),
)

PROBE = (
    row(
        "PROBE",
        r"(?P<which>Readiness|Liveness|Startup) probe (?:failed|errored)(?: and resulted in [\w ]+)?:"
        r" (?P<said>[^\n]{0,200})",
        "Its {which} probe fails: {said}.",
        "Read its logs: it runs, but does not answer as the probe asks.",
        "kubelet",
    ),
)
