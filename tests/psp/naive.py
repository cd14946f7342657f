"""A naive implementation of PodSecurityPolicy over plain dicts, written from its documentation.

It says which fields are refused and what the pod looks like afterwards, not in which words. It shares no code
with the package.
"""

import copy
from typing import Any

JSON = dict[str, Any]

SECCOMP = "seccomp.security.alpha.kubernetes.io/"
APPARMOR = "apparmor.security.beta.kubernetes.io/"
SAFE_SYSCTLS = {
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
}


def judge(policy: JSON, pod: JSON) -> tuple[JSON, list[str]]:
    """The result of a policy for a defaulted pod: the mutated pod, and the sorted paths of refused fields."""
    filled = fill_in(policy, pod)
    return filled, sorted(refusals(policy, filled))


def containers(pod: JSON) -> list[tuple[str, JSON]]:
    lists = ("initContainers", "containers", "ephemeralContainers")
    return [(f"spec.{kind}[{i}]", c) for kind in lists for i, c in enumerate(pod["spec"].get(kind, []))]


def strategy(policy: JSON, field: str) -> tuple[str, list[JSON]]:
    options = policy["spec"].get(field) or {"rule": "RunAsAny"}
    return options["rule"], options.get("ranges", [])


def within(number: int, ranges: list[JSON]) -> bool:
    return any(span["min"] <= number <= span["max"] for span in ranges)


def profile_of(field: JSON | None) -> str | None:
    if field is None:
        return None
    names: dict[str, str] = {
        "RuntimeDefault": "runtime/default",
        "Unconfined": "unconfined",
        "Localhost": "localhost/" + field.get("localhostProfile", ""),
    }
    return names[field["type"]]


def fill_in(policy: JSON, pod: JSON) -> JSON:
    pod = copy.deepcopy(pod)
    spec, notes = policy["spec"], policy["metadata"].get("annotations", {})
    annotations = pod.setdefault("metadata", {}).setdefault("annotations", {})
    context = pod["spec"].setdefault("securityContext", {})

    rule, ranges = strategy(policy, "supplementalGroups")
    if rule == "MustRunAs" and "supplementalGroups" not in context:
        context["supplementalGroups"] = [ranges[0]["min"]]
    rule, ranges = strategy(policy, "fsGroup")
    if rule == "MustRunAs" and "fsGroup" not in context:
        context["fsGroup"] = ranges[0]["min"]
    se_linux = spec["seLinux"]
    if se_linux["rule"] == "MustRunAs" and "seLinuxOptions" not in context:
        context["seLinuxOptions"] = copy.deepcopy(se_linux["seLinuxOptions"])

    profile = annotations.get(SECCOMP + "pod") or profile_of(context.get("seccompProfile"))
    profile = profile or notes.get(SECCOMP + "defaultProfileName")
    if profile:
        annotations[SECCOMP + "pod"] = profile

    runtime = spec.get("runtimeClass")
    if runtime and runtime.get("defaultRuntimeClassName") and "runtimeClassName" not in pod["spec"]:
        pod["spec"]["runtimeClassName"] = runtime["defaultRuntimeClassName"]

    for _, container in containers(pod):
        fill_in_container(policy, context, container)
        key = f"container.{APPARMOR}{container['name']}"
        if notes.get(APPARMOR + "defaultProfileName") and not annotations.get(key):
            annotations[key] = notes[APPARMOR + "defaultProfileName"]
    return pod


def fill_in_container(policy: JSON, inherited: JSON, container: JSON) -> None:
    spec = policy["spec"]
    context = dict(container.get("securityContext", {}))
    effective = {**inherited, **context}
    for field in ("runAsUser", "runAsGroup"):
        rule, ranges = strategy(policy, field)
        if rule == "MustRunAs" and field not in effective:
            context[field] = ranges[0]["min"]
    if strategy(policy, "runAsUser")[0] == "MustRunAsNonRoot" and not effective.keys() & {
        "runAsUser",
        "runAsNonRoot",
    }:
        context["runAsNonRoot"] = True
    cached = context.get("capabilities", {})
    add, drop = set(cached.get("add", [])), set(cached.get("drop", []))
    more_add = add | (set(spec.get("defaultAddCapabilities", [])) - drop)
    more_drop = drop | set(spec.get("requiredDropCapabilities", []))
    if (more_add, more_drop) != (add, drop):
        context["capabilities"] = {
            key: sorted(names) for key, names in (("add", more_add), ("drop", more_drop)) if names
        }
    if spec.get("readOnlyRootFilesystem"):
        context.setdefault("readOnlyRootFilesystem", True)
    if "defaultAllowPrivilegeEscalation" in spec:
        context.setdefault("allowPrivilegeEscalation", spec["defaultAllowPrivilegeEscalation"])
    if spec.get("allowPrivilegeEscalation") is False:
        context.setdefault("allowPrivilegeEscalation", False)
    if context or "securityContext" in container:
        container["securityContext"] = context


def refusals(policy: JSON, pod: JSON) -> list[str]:
    spec, context = policy["spec"], pod["spec"]["securityContext"]
    place = "spec.securityContext"
    refused = refused_groups(policy, "fsGroup", f"{place}.fsGroup", only(context.get("fsGroup")))
    refused += refused_groups(
        policy, "supplementalGroups", f"{place}.supplementalGroups", context.get("supplementalGroups", [])
    )
    annotations = pod["metadata"]["annotations"]
    of_pod = annotations.get(SECCOMP + "pod") or profile_of(context.get("seccompProfile")) or ""
    refused += refused_seccomp(policy, "pod", of_pod)
    refused += refused_se_linux(policy, f"{place}.seLinuxOptions", context.get("seLinuxOptions"))
    refused += [
        f"{place}.{field}"
        for field in ("hostNetwork", "hostPID", "hostIPC")
        if pod["spec"].get(field) and not spec.get(field)
    ]
    for index, sysctl in enumerate(context.get("sysctls", [])):
        forbidden = like(sysctl["name"], spec.get("forbiddenSysctls", []))
        allowed = sysctl["name"] in SAFE_SYSCTLS or like(sysctl["name"], spec.get("allowedUnsafeSysctls", []))
        if forbidden or not allowed:
            refused.append(f"pod.{place}.sysctls[{index}]")
    for index, volume in enumerate(pod["spec"].get("volumes", [])):
        refused += refused_volume(policy, pod, f"spec.volumes[{index}]", volume)
    runtime, name = spec.get("runtimeClass"), pod["spec"].get("runtimeClassName")
    if runtime and name and not {name, "*"} & set(runtime.get("allowedRuntimeClassNames", [])):
        refused.append("spec.runtimeClassName")
    for path, container in containers(pod):
        refused += refused_container(policy, pod, path, container)
    return refused


def only(value: int | None) -> list[int]:
    return [] if value is None else [value]


def like(name: str, patterns: list[str]) -> bool:
    return any(name == one or (one[-1:] == "*" and name.startswith(one[:-1])) for one in patterns)


def refused_groups(policy: JSON, field: str, path: str, ids: list[int]) -> list[str]:
    rule, ranges = strategy(policy, field)
    if rule == "RunAsAny":
        return []
    if not ids:
        return [path] if rule == "MustRunAs" else []
    return [path for one in ids if not within(one, ranges)]


def refused_se_linux(policy: JSON, path: str, labels: JSON | None) -> list[str]:
    options = policy["spec"]["seLinux"]
    if options["rule"] == "RunAsAny":
        return []
    if labels is None:
        return [path]
    wanted = options["seLinuxOptions"]
    differing = [
        f"{path}.{key}" for key in ("role", "type", "user") if labels.get(key, "") != wanted.get(key, "")
    ]
    one, other = labels.get("level", ""), wanted.get("level", "")
    if one != other:
        halves = [*one.split(":", 1), *other.split(":", 1)]
        if len(halves) != 4 or halves[0] != halves[2] or parts(halves[1]) != parts(halves[3]):
            differing.append(f"{path}.level")
    return differing


def parts(categories: str) -> list[str]:
    return sorted(categories.split(","))


def refused_seccomp(policy: JSON, which: str, profile: str) -> list[str]:
    text = policy["metadata"].get("annotations", {}).get(SECCOMP + "allowedProfileNames")
    names = set() if text is None else set(text.split(","))
    if "*" in names:
        return []
    if names & {"docker/default", "runtime/default"}:
        names |= {"docker/default", "runtime/default"}
    fine = profile in names if names else not profile
    prefix = "" if which == "pod" else "container."
    return [] if fine else [f"pod.metadata.annotations[{prefix}{SECCOMP}{which}]"]


def refused_volume(policy: JSON, pod: JSON, path: str, volume: JSON) -> list[str]:
    spec = policy["spec"]
    (source,) = volume.keys() - {"name"}
    types = set(spec.get("volumes", []))
    token = source == "projected" and all("serviceAccountToken" in one for one in volume[source]["sources"])
    if not types & {source, "*"} and not (token and "secret" in types):
        return [path]
    if source == "hostPath" and spec.get("allowedHostPaths"):
        result = volume[source]["path"].rstrip("/") + "/"
        fitting = [
            one for one in spec["allowedHostPaths"] if result.startswith(one["pathPrefix"].rstrip("/") + "/")
        ]
        if not fitting:
            return [f"{path}.hostPath.pathPrefix"]
        if all(one.get("readOnly") for one in fitting):
            return [
                f"{container_path}.volumeMounts[{index}].readOnly"
                for container_path, container in containers(pod)
                for index, mount in enumerate(container.get("volumeMounts", []))
                if mount["name"] == volume["name"] and not mount.get("readOnly")
            ]
    if source == "flexVolume" and spec.get("allowedFlexVolumes"):
        drivers = {one["driver"] for one in spec["allowedFlexVolumes"]}
        return [] if volume[source]["driver"] in drivers else [f"{path}.driver"]
    if source == "csi" and spec.get("allowedCSIDrivers"):
        drivers = {one["name"] for one in spec["allowedCSIDrivers"]}
        return [] if volume[source]["driver"] in drivers else [f"{path}.csi.driver"]
    return []


def refused_container(policy: JSON, pod: JSON, path: str, container: JSON) -> list[str]:
    spec, annotations = policy["spec"], pod["metadata"]["annotations"]
    context = container.get("securityContext", {})
    inherited = pod["spec"]["securityContext"]
    effective = {**inherited, **context}
    result = f"{path}.securityContext"
    refused = refused_user(policy, result, effective)
    refused += refused_groups(policy, "runAsGroup", result, only(effective.get("runAsGroup")))
    refused += refused_se_linux(policy, f"{result}.seLinuxOptions", effective.get("seLinuxOptions"))

    key = f"container.{APPARMOR}{container['name']}"
    allowed = policy["metadata"].get("annotations", {}).get(APPARMOR + "allowedProfileNames")
    if allowed is not None and (not annotations.get(key) or annotations[key] not in allowed.split(",")):
        refused.append(f"pod.metadata.annotations[{key}]")

    own = profile_of(context.get("seccompProfile"))
    if own is None:
        own = annotations.get(f"container.{SECCOMP}{container['name']}")
    if own is None:
        own = profile_of(inherited.get("seccompProfile"))
    if own is None:
        own = annotations.get(SECCOMP + "pod", "")
    refused += refused_seccomp(policy, container["name"], own)

    if context.get("privileged") and not spec.get("privileged"):
        refused.append(f"{result}.privileged")
    if context.get("procMount", "Default") not in (spec.get("allowedProcMountTypes") or ["Default"]):
        refused.append(f"{result}.procMount")
    may_add = {*spec.get("allowedCapabilities", []), *spec.get("defaultAddCapabilities", [])}
    if "*" not in spec.get("allowedCapabilities", []):
        for name in context.get("capabilities", {}).get("add", []):
            if name not in may_add:
                refused.append(f"{result}.capabilities.add")
    for port in container.get("ports", []):
        if port.get("hostPort") and not within(port["hostPort"], spec.get("hostPorts", [])):
            refused.append(f"{path}.hostPort")
    if spec.get("readOnlyRootFilesystem") and context.get("readOnlyRootFilesystem") is not True:
        refused.append(f"{result}.readOnlyRootFilesystem")
    if spec.get("allowPrivilegeEscalation") is False and context.get("allowPrivilegeEscalation") is not False:
        refused.append(f"{result}.allowPrivilegeEscalation")
    return refused


def refused_user(policy: JSON, place: str, effective: JSON) -> list[str]:
    rule, ranges = strategy(policy, "runAsUser")
    user = effective.get("runAsUser")
    if rule == "MustRunAs":
        return [] if user is not None and within(user, ranges) else [f"{place}.runAsUser"]
    if rule == "MustRunAsNonRoot":
        if effective.get("runAsNonRoot") is False or (user is None and "runAsNonRoot" not in effective):
            return [f"{place}.runAsNonRoot"]
        if user == 0:
            return [f"{place}.runAsUser"]
    return []
