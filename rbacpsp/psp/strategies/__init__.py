"""The strategies of a policy: each fills in and validates one kind of setting."""

from rbacpsp.pods.strategies.capabilities import CapabilitiesStrategy
from rbacpsp.pods.strategies.sysctls import Sysctls
from rbacpsp.psp.strategies import groups, run_as_user, selinux
from rbacpsp.psp.strategies.apparmor import AppArmor
from rbacpsp.psp.strategies.seccomp import Seccomp

STRATEGIES: tuple[type, ...] = (
    run_as_user.MustRunAs,
    run_as_user.MustRunAsNonRoot,
    run_as_user.RunAsAny,
    groups.MustRunAs,
    groups.MayRunAs,
    groups.RunAsAny,
    selinux.MustRunAs,
    selinux.RunAsAny,
    Seccomp,
    AppArmor,
    CapabilitiesStrategy,
    Sysctls,
)
"""Every strategy that a policy can have."""

__all__ = ["STRATEGIES"]
