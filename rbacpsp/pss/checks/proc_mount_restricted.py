"""The default /proc masks should be required, also in pods with their own user namespace.

**Restricted Fields:** spec.containers[*].securityContext.procMount, and the same in initContainers and
ephemeralContainers

**Allowed Values:** undefined, Default

Source: k8s.io/pod-security-admission policy/check_procMount_restricted.go, 0.37. Up to 1.34 the baseline
check is as strict.
"""

from rbacpsp.model.version import Version
from rbacpsp.pss.checks import proc_mount
from rbacpsp.pss.checks.check import CheckRule, PodSecurityCheck, Restriction
from rbacpsp.pss.levels import RESTRICTED

CHECK = PodSecurityCheck(
    id="procMount_restricted",
    level=RESTRICTED,
    demand="The default /proc masks should be required, also in pods with their own user namespace.",
    rules=(
        CheckRule(
            since=Version(1, 35),
            check_pod=proc_mount.proc_mount_1_0,
            restrictions=(Restriction(proc_mount.FIELDS, ("undefined", "Default")),),
            overrides=(proc_mount.CHECK.id,),
        ),
    ),
)
