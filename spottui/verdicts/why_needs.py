"""What a container waits for: volumes, config, and its image."""

from __future__ import annotations

from spottui.verdicts.why_row import row

_LINK = "Wait for the link, or bring the image to the node beforehand."

VOLUMES = (
    row(
        "HOST_PATH_MISSING",
        r'volume "(?P<volume>[^"]+)"\s*: hostPath type check failed[,:] (?P<path>/\S+?) is not a (?P<type>[a-z ]+)',
        'The device or file {path} is not there: volume "{volume}" wants a {type}.',
        "Plug the device in or correct the path; the pod starts by itself once {path} is there.",
        "kubelet",
    ),
    row(
        "VOLUME_SOURCE_MISSING",
        r'volume "(?P<volume>[^"]+)"\s*: (?:object (?P<object>"[^"]+"/"[^"]+") not registered'
        r'|(?P<kind>configmap|secret) "(?P<name>[^"]+)" not found)',
        'Volume "{volume}" needs {kind} {object}{name}, which does not exist.',
        "Create it in this namespace, or make it optional.",
        "kubelet",
    ),
    row(
        "VOLUME_KEY_MISSING",
        r'volume "(?P<volume>[^"]+)"\s*: references non-existent (?P<kind>config|secret) key: (?P<key>\S+)',
        'Volume "{volume}" needs the key {key}, which the {kind} map does not have.',
        "Add the key, or correct its name.",
        "kubelet",
    ),
    row(
        "PVC_MISSING",
        r'persistentvolumeclaim "(?P<name>[^"]+)" not found',
        'PersistentVolumeClaim "{name}" does not exist.',
        "Create the claim in this namespace.",
        "scheduler, kubelet",
    ),
    row(
        "PVC_UNBOUND",
        r"unbound immediate PersistentVolumeClaims|persistentvolumeclaim \S+ (?:is )?not bound",
        "A PersistentVolumeClaim of the pod is not bound to a volume.",
        "Look at the claim: no volume fits, or its StorageClass makes none.",
        "scheduler",
    ),
    row(
        "VOLUME_ELSEWHERE",
        r"Multi-Attach error for volume \"(?P<volume>[^\"]+)\"",
        "Volume {volume} is still held by another node.",
        "Wait for the old pod to end; one on a dead node must be deleted by force.",
        "attach/detach controller",
    ),
    row(
        "MOUNT_TIMEOUT",
        r"(?:Unable to attach or mount volumes|timed out waiting for the condition)[^\n]*?unmounted"
        r" volumes=\[(?P<volumes>[^\]]*)\]",
        "Volumes {volumes} could not be mounted in time.",
        "Look at the earlier FailedMount events, and at the storage behind them.",
        "kubelet",
    ),
    row(
        "MOUNT_FAILED",
        r'MountVolume\.\w+ failed for volume "(?P<volume>[^"]+)"\s*: (?P<said>[^\n]{0,160})',
        'Volume "{volume}" cannot be mounted: {said}.',
        "Look at what the volume names, and at the node's disk.",
        "kubelet",
    ),
)

CONFIG = (
    row(
        "CONFIG_MISSING",
        r'^(?:Error: )?(?P<kind>configmap|secret) "(?P<name>[^"]+)" not found',
        'The {kind} "{name}" does not exist in the namespace.',
        "Create it, sync the Application that brings it, or make the reference optional.",
        "kubelet",
    ),
    row(
        "CONFIG_KEY_MISSING",
        r"couldn't find key (?P<key>\S+) in (?P<kind>ConfigMap|Secret) (?P<where>\S+)",
        "The {kind} {where} has no key {key}.",
        "Add the key, or correct its name in the container's env.",
        "kubelet",
    ),
    row(
        "RUN_AS_ROOT",
        r"container has runAsNonRoot and image (?:will run as root|has non-numeric user \((?P<user>[^)]*)\))",
        "The image would run as root or as a user without a number, and runAsNonRoot forbids that.",
        "Set runAsUser to a number, or build the image with a numeric USER.",
        "kubelet",
    ),
    row(
        "SUBPATH",
        r"failed to (?:prepare|create) subPath[^\n]*",
        "A volume's subPath cannot be made.",
        "Correct subPath, or look whether the volume is writable.",
        "kubelet",
    ),
)

IMAGE = (
    row(
        "IMAGE_SIGNATURE",
        r"SignatureValidationFailed|(?:no (?:matching )?signatures|signature validation failed)[^\n]*",
        "The image's signature was refused by the node's policy.",
        "Sign the image, or let the policy trust its signer.",
        "containerd, CRI-O",
    ),
    row(
        "IMAGE_NOT_UNPACKED",
        r"parent snapshot (?P<snapshot>\S+) does not exist",
        "containerd 2.1 or newer did not unpack this wasi/wasm image.",
        "Set use_local_image_pull in containerd's image settings, or build the image for linux/<arch>.",
        "containerd",
    ),
    row(
        "IMAGE_PLATFORM",
        r"no match for platform in manifest|no matching manifest for (?P<platform>\S+)|does not match the"
        r" specified platform",
        "The image is not made for this node's processor. {platform}",
        "Build the image for the node's architecture too (arm64 on a CORE I/O).",
        "containerd",
    ),
    row(
        "CONTAINERD_OLD",
        r"mismatched image rootfs and manifest layers",
        "This containerd is too old for images with wasm layers.",
        "Update containerd to 1.6.25, 1.7.7 or newer.",
        "containerd",
    ),
    row(
        "IMAGE_NO_SPACE",
        r"no space left on device",
        "The node's disk is full.",
        "Free space on the node; unused images go first (crictl rmi --prune).",
        "containerd, kubelet",
    ),
    row(
        "IMAGE_RATE",
        r"toomanyrequests|429 Too Many Requests|pull rate limit",
        "The registry allows no more pulls for now.",
        "Wait, log in to the registry, or use a mirror.",
        "registry",
    ),
    row(
        "OFFLINE",
        r"lookup (?P<host>[^\s:]+)[^\n]*(?:no such host|server misbehaving|i/o timeout|Temporary failure)",
        "The name {host} does not resolve from the node: no link, no DNS, or a wrong name.",
        _LINK,
        "containerd",
    ),
    row(
        "OFFLINE",
        r"dial tcp (?P<host>\S+?):? [^\n]*?(?P<said>connection refused|no route to host|network is"
        r" unreachable|i/o timeout|connect: \w[\w ]+)",
        "The registry at {host} cannot be reached from the node: {said}.",
        _LINK,
        "containerd",
    ),
    row(
        "IMAGE_TLS",
        r"(?:x509: |tls: failed to verify certificate: )(?P<said>[^\n\"]{0,140})",
        "The registry's certificate is not trusted by the node: {said}.",
        "Check the node's clock and its CA certificates; a captive portal looks like this too.",
        "containerd",
    ),
    row(
        "IMAGE_AUTH",
        r"401 Unauthorized|403 Forbidden|pull access denied|authorization failed|insufficient_scope|unauthorized: ",
        "The registry refused the credentials, or the repository does not exist.",
        "Check imagePullSecrets and the image's name.",
        "registry",
    ),
    row(
        "OFFLINE",
        r"TLS handshake timeout|context deadline exceeded|unexpected EOF|connection reset by peer|i/o"
        r" timeout|network is unreachable|no such host",
        "The registry cannot be reached well enough from the node.",
        _LINK,
        "containerd",
    ),
    row(
        "IMAGE_NEVER_PULLED",
        r'ErrImageNeverPull|image "(?P<image>[^"]+)" is not present with pull policy of Never',
        "The image is not on the node, and imagePullPolicy Never forbids pulling it.",
        "Import the image on the node, or change imagePullPolicy.",
        "kubelet",
    ),
    row(
        "IMAGE_NAME",
        r"InvalidImageName|couldn't parse image (?:name|reference) \"(?P<image>[^\"]*)\"|invalid reference format",
        "The image's name is not one.",
        "Correct the name: registry/repository:tag, in lower case.",
        "kubelet",
    ),
    row(
        "IMAGE_MISSING",
        r"not found: not found|manifest unknown|manifest for \S+ not found|failed to resolve"
        r" reference[^\n]*: not found|repository \S+ not found|: not found$",
        "The registry has no such image, tag or digest.",
        "Correct the tag or digest, or push the image.",
        "registry",
    ),
)
