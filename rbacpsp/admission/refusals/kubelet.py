"""Pods that the kubelet or the container runtime refuses although the API server accepted them.

Sources: pkg/kubelet/kuberuntime/security_context_others.go, pkg/kubelet/sysctl/allowlist.go,
pkg/kubelet/lifecycle/handlers.go and pkg/security/apparmor/validate.go (1.13 to 1.37).
"""

from functools import partial

from rbacpsp.admission.refusals.explanations import KnownMessage, find_all
from rbacpsp.admission.refusals.form import Form, pattern

_WHOSE = "the kubelet, not an admission plugin: the API server accepted the pod"
_WHO_ASKED = (
    "runAsNonRoot comes from the manifest, from a PodSecurityPolicy with runAsUser MustRunAsNonRoot, "
    "which fills it in, or was set because the level restricted demands it"
)

KNOWN_MESSAGES = (
    KnownMessage(
        "named-user",
        _WHOSE,
        pattern(r"container has runAsNonRoot and image has non-numeric user \((?P<user>[^)]*)\)"),
        "the image runs as the user named {user}, and the kubelet cannot tell whether that is root",
        (
            (
                "give a numeric user: securityContext.runAsUser with the number of {user} in the image, or "
                "USER with a number in the Dockerfile"
            ),
            _WHO_ASKED,
        ),
        ("runAsNonRoot",),
    ),
    KnownMessage(
        "image-runs-as-root",
        _WHOSE,
        pattern(r"container has runAsNonRoot and image will run as root"),
        "the image runs as root, and the pod sets runAsNonRoot",
        (
            "give a numeric user other than 0: securityContext.runAsUser, or USER in the Dockerfile",
            _WHO_ASKED,
        ),
        ("runAsNonRoot", "runAsUser"),
    ),
    KnownMessage(
        "user-breaks-non-root",
        _WHOSE,
        pattern(r"container's runAsUser (?:\(\d+\) )?breaks non-root policy"),
        "the container sets runAsUser: 0, and the pod sets runAsNonRoot",
        ("set runAsUser to a number other than 0", _WHO_ASKED),
        ("runAsNonRoot", "runAsUser"),
    ),
    KnownMessage(
        "sysctl",
        _WHOSE,
        pattern(r"forbidden sysctl: (?:@ not (?:allowlisted|whitelisted)|(?P<name>@)[^\n]*)"),
        "the node does not allow a sysctl that the pod sets",
        (
            (
                "the kubelet of the node must name it in --allowed-unsafe-sysctls (allowedUnsafeSysctls); "
                "a policy "
                "that allows a sysctl does not make the node allow it"
            ),
            "or remove it from securityContext.sysctls",
        ),
        ("sysctls",),
    ),
    KnownMessage(
        "apparmor",
        _WHOSE,
        pattern(r"Cannot enforce AppArmor: (?P<why>[^\n]+)"),
        "the node cannot run the pod under the AppArmor profile that it names: {why}",
        (
            (
                "load the profile on every node, or use runtime/default; a PodSecurityPolicy with a "
                "default AppArmor profile sets it in every pod that names none"
            ),
        ),
        ("appArmorProfile",),
    ),
    KnownMessage(
        "seccomp",
        _WHOSE,
        pattern(r"(?:cannot load|failed to (?:load|generate)|unable to load)[^\n]*seccomp profile[^\n]*"),
        "the node does not have the seccomp profile that the pod names",
        (
            (
                "put the profile into the kubelet's seccomp folder on every node, or use "
                "RuntimeDefault; a PodSecurityPolicy with a default seccomp profile sets it in every "
                "pod that names none"
            ),
        ),
        ("seccompProfile_baseline",),
    ),
    KnownMessage(
        "read-only-root",
        "the program in the container",
        pattern(r"(?:Read-only file system|read-only file system)(?: \(30\))?"),
        "the program writes to its own file system, which is read-only",
        (
            (
                "mount an emptyDir where it writes; a PodSecurityPolicy with readOnlyRootFilesystem: "
                "true sets this in every container that leaves the field out"
            ),
        ),
    ),
    KnownMessage(
        "port-below-1024",
        "the program in the container",
        pattern(
            r"bind\(?\)?(?:: | to )[^\n]{0,80}?(?:\(?13: )?Permission denied\)?|listen tcp "
            r"[^\n]{0,60}bind: permission denied"
        ),
        "the program may not open a port below 1024: it does not run as root, or runs without "
        "NET_BIND_SERVICE",
        (
            (
                "let it listen on a port above 1023, or add the capability NET_BIND_SERVICE, which the level "
                "restricted allows; a policy may have set the user or dropped the capability"
            ),
        ),
    ),
)


FORM = Form(
    name="a container that the kubelet does not start",
    example="Error: container has runAsNonRoot and image will run as root",
    find=partial(find_all, KNOWN_MESSAGES),
    hints=("runAsNonRoot", "forbidden sysctl", "AppArmor"),
)
