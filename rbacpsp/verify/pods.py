"""Varies the pods of a sample in every field that PodSecurityPolicy or Pod Security reads.

Each variation changes a pod in place, so that the API still accepts it.
"""

from collections.abc import Callable, Sequence
from random import Random

from rbacpsp.model.json import JSONObject

Variation = Callable[[JSONObject, Random], None]

_CAPABILITIES = ("NET_BIND_SERVICE", "CHOWN", "SYS_ADMIN", "NET_ADMIN", "KILL", "ALL")
_PROFILES = (
    {"type": "RuntimeDefault"},
    {"type": "Unconfined"},
    {"type": "Localhost", "localhostProfile": "profiles/a.json"},
)
_SYSCTLS = ("kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "kernel.msgmax", "net.core.somaxconn")


def _context(holder: JSONObject) -> JSONObject:
    context: JSONObject = holder.get("securityContext") or {}
    holder["securityContext"] = context
    return context


def _pod_context(pod: JSONObject) -> JSONObject:
    return _context(pod["spec"])


def _container_context(pod: JSONObject, draw: Random) -> JSONObject:
    return _context(draw.choice(pod["spec"]["containers"]))


def _privileged(pod: JSONObject, draw: Random) -> None:
    context = _container_context(pod, draw)
    context["privileged"] = draw.random() < 0.7
    if context["privileged"]:
        context.pop("allowPrivilegeEscalation", None)  # the API refuses false beside it


def _escalation(pod: JSONObject, draw: Random) -> None:
    context = _container_context(pod, draw)
    if not context.get("privileged") and "SYS_ADMIN" not in (context.get("capabilities") or {}).get(
        "add", ()
    ):
        context["allowPrivilegeEscalation"] = draw.random() < 0.4


def _host(pod: JSONObject, draw: Random) -> None:
    pod["spec"][draw.choice(("hostPID", "hostIPC"))] = True
    _pod_context(pod).pop("sysctls", None)  # the API refuses some beside the host's namespaces


def _host_network(pod: JSONObject, draw: Random) -> None:
    for container in pod["spec"]["containers"]:
        container.pop("ports", None)
    pod["spec"]["hostNetwork"] = draw.random() < 0.9
    _pod_context(pod).pop("sysctls", None)


def _port(pod: JSONObject, draw: Random) -> None:
    number = draw.choice((80, 8080, 31000))
    pod["spec"]["containers"][0]["ports"] = [{"containerPort": number, "hostPort": number}]


def _user(pod: JSONObject, draw: Random) -> None:
    holder = draw.choice((_pod_context(pod), _container_context(pod, draw)))
    holder["runAsUser"] = draw.choice((0, 1, 1000, 65534))


def _group(pod: JSONObject, draw: Random) -> None:
    holder = draw.choice((_pod_context(pod), _container_context(pod, draw)))
    holder["runAsGroup"] = draw.choice((0, 1, 1000))


def _non_root(pod: JSONObject, draw: Random) -> None:
    holder = draw.choice((_pod_context(pod), _container_context(pod, draw)))
    holder["runAsNonRoot"] = draw.random() < 0.7


def _groups(pod: JSONObject, draw: Random) -> None:
    _pod_context(pod)["supplementalGroups"] = draw.sample((0, 1, 5, 1000), 2)


def _fs_group(pod: JSONObject, draw: Random) -> None:
    _pod_context(pod)["fsGroup"] = draw.choice((0, 1, 5, 1000))


def _seccomp(pod: JSONObject, draw: Random) -> None:
    holder = draw.choice((_pod_context(pod), _container_context(pod, draw)))
    holder["seccompProfile"] = dict(draw.choice(_PROFILES))


def _selinux(pod: JSONObject, draw: Random) -> None:
    holder = draw.choice((_pod_context(pod), _container_context(pod, draw)))
    levels = [{"level": "s0:c1,c2"}, {"type": "container_t"}, {"user": "system_u", "role": "system_r"}]
    holder["seLinuxOptions"] = draw.choice(levels)


def _capabilities(pod: JSONObject, draw: Random) -> None:
    context = _container_context(pod, draw)
    chosen = draw.sample(_CAPABILITIES, 2)
    if context.get("allowPrivilegeEscalation") is False and "SYS_ADMIN" in chosen:
        chosen.remove("SYS_ADMIN")  # the API refuses it
    kinds = draw.choice((("add",), ("drop",), ("add", "drop")))
    context["capabilities"] = {kind: [name] for kind, name in zip(kinds, chosen, strict=False)}
    if "SYS_ADMIN" in context["capabilities"].get("add", ()):
        context.pop("allowPrivilegeEscalation", None)


def _read_only(pod: JSONObject, draw: Random) -> None:
    _container_context(pod, draw)["readOnlyRootFilesystem"] = draw.random() < 0.7


def _proc_mount(pod: JSONObject, draw: Random) -> None:
    _container_context(pod, draw)["procMount"] = "Default"


def _sysctls(pod: JSONObject, draw: Random) -> None:
    pod["spec"].pop("hostNetwork", None)
    pod["spec"].pop("hostIPC", None)
    _pod_context(pod)["sysctls"] = [{"name": draw.choice(_SYSCTLS), "value": "1"}]


def _volume(pod: JSONObject, draw: Random) -> None:
    sources: Sequence[JSONObject] = (
        {"emptyDir": {}},
        {"hostPath": {"path": draw.choice(("/var/log", "/etc", "/var/log/pods", "/data/x"))}},
        {"configMap": {"name": "c"}},
        {"secret": {"secretName": "s"}},
        {"projected": {"sources": [{"configMap": {"name": "c"}}]}},
        {"downwardAPI": {"items": [{"path": "l", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
        {"persistentVolumeClaim": {"claimName": "p"}},
        {"nfs": {"server": "files.example", "path": "/x"}},
        {"csi": {"driver": "csi.example"}},
    )
    volumes: list[JSONObject] = pod["spec"].get("volumes") or []
    name = f"sample-{len(volumes)}"
    pod["spec"]["volumes"] = [*volumes, {"name": name, **draw.choice(sources)}]
    container = pod["spec"]["containers"][0]
    mounts = container.get("volumeMounts") or []
    mount = {"name": name, "mountPath": f"/mnt/{name}", "readOnly": draw.random() < 0.5}
    container["volumeMounts"] = [*mounts, mount]


def _init(pod: JSONObject, draw: Random) -> None:
    container: JSONObject = {"name": "sample-init", "image": "registry.k8s.io/pause:3.9"}
    if draw.random() < 0.6:
        container["securityContext"] = draw.choice(({"runAsUser": 0}, {"privileged": True}, {}))
    pod["spec"]["initContainers"] = [container]


def _no_token(pod: JSONObject, _draw: Random) -> None:
    pod["spec"]["automountServiceAccountToken"] = False


def _apparmor(pod: JSONObject, draw: Random) -> None:
    name = draw.choice(pod["spec"]["containers"])["name"]
    annotations = pod["metadata"].setdefault("annotations", {})
    profile = draw.choice(("runtime/default", "unconfined", "localhost/mine"))
    annotations[f"container.apparmor.security.beta.kubernetes.io/{name}"] = profile


VARIATIONS: Sequence[Variation] = (
    _privileged,
    _escalation,
    _host,
    _host_network,
    _port,
    _user,
    _group,
    _non_root,
    _groups,
    _fs_group,
    _seccomp,
    _selinux,
    _capabilities,
    _read_only,
    _proc_mount,
    _sysctls,
    _volume,
    _volume,
    _init,
    _no_token,
    _apparmor,
)
"""All variations; volumes twice, since there are many kinds."""
