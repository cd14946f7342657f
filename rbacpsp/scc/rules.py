"""Constraints for the pods of one namespace: ranges that they leave open come from its annotations.

Source: apiserver-library-go pkg/securitycontextconstraints/sccmatching/matcher.go and provider.go,
release-4.21.
"""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from rbacpsp.model.pod import SELinuxOptions
from rbacpsp.model.psp import Range
from rbacpsp.model.scc import GroupStrategy, SecurityContextConstraints
from rbacpsp.pods.strategies.capabilities import CapabilitiesStrategy
from rbacpsp.pods.strategies.selinux import MustRunAs
from rbacpsp.pods.strategies.sysctls import Sysctls
from rbacpsp.scc.blocks import BlockError, parse_block, parse_blocks

UID_RANGE = "openshift.io/sa.scc.uid-range"
GROUPS = "openshift.io/sa.scc.supplemental-groups"
MCS = "openshift.io/sa.scc.mcs"

SAFE_SYSCTLS = frozenset(
    {
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_wmem",
    }
)
"""Sysctls that every pod may set, on a server with a kernel of 4.15 or newer."""


class ProviderError(ValueError):
    """The ranges of constraints cannot be read: the server then refuses every pod of the namespace."""


class SCCRules(Struct, frozen=True):
    """Constraints with the ranges of a namespace."""

    constraint: SecurityContextConstraints
    """Defaulted."""
    uids: Range | None
    """The users that MustRunAs or MustRunAsRange allow."""
    labels: MustRunAs | None
    fs_groups: tuple[Range, ...] | None
    supplemental_groups: tuple[Range, ...] | None
    capabilities: CapabilitiesStrategy
    sysctls: Sysctls
    seccomp_default: str

    @property
    def name(self) -> str:
        """The name of the constraints."""
        return self.constraint.name


def rules_of(
    constraint: SecurityContextConstraints, namespace: str, annotations: Mapping[str, str]
) -> SCCRules:
    """Defaulted constraints with the ranges of a namespace that has these annotations.

    Raises:
        ProviderError: A range cannot be read; the message is the server's.
    """
    name = constraint.name

    def missing_annotation(kind_of_id: str, reason: object) -> ProviderError:
        return ProviderError(
            f"unable to find pre-allocated {kind_of_id} annotation for namespace {namespace} "
            f"while trying to configure SCC {name}: {reason}"
        )

    try:
        user = _user_range(constraint, annotations)
    except BlockError as error:
        raise missing_annotation("uid", error) from None
    labels = None
    if constraint.se_linux_context.type == MustRunAs.rule:
        options = constraint.se_linux_context.se_linux_options or SELinuxOptions()
        if not options.level:
            level = annotations.get(MCS, "")
            if not level:
                raise missing_annotation("mcs", f"found annotation {MCS} but it was empty")
            options = replace(options, level=level)
        labels = MustRunAs(options)
    try:
        fs_groups = _ranges(constraint.fs_group, annotations, first_id=True)
        supplemental = _ranges(constraint.supplemental_groups, annotations, first_id=False)
    except BlockError as error:
        raise missing_annotation("group", error) from None
    if user is None and (problem := user_problem(constraint)):
        raise ProviderError(f"error creating provider for SCC {name} in namespace {namespace}: {problem}")
    return SCCRules(
        constraint=constraint,
        uids=user,
        labels=labels,
        fs_groups=fs_groups,
        supplemental_groups=supplemental,
        capabilities=CapabilitiesStrategy(
            constraint.default_add_capabilities,
            constraint.required_drop_capabilities,
            constraint.allowed_capabilities,
        ),
        sysctls=Sysctls(SAFE_SYSCTLS, constraint.allowed_unsafe_sysctls, constraint.forbidden_sysctls),
        seccomp_default=next((profile for profile in constraint.seccomp_profiles if profile != "*"), ""),
    )


def _user_range(constraint: SecurityContextConstraints, annotations: Mapping[str, str]) -> Range | None:
    """The users that are allowed; None if all are, or if the constraints are incomplete."""
    options = constraint.run_as_user
    first, last = options.uid_range_min, options.uid_range_max
    if options.type == "MustRunAs" and options.uid is not None:
        return Range(options.uid, options.uid)
    if options.type != "MustRunAsRange":
        return None
    if first is None and last is None:
        text = annotations.get(UID_RANGE, "")
        if not text:
            raise BlockError(f"found annotation {UID_RANGE} but it was empty")
        return parse_block(text)
    return None if first is None or last is None else Range(first, last)


def user_problem(constraint: SecurityContextConstraints) -> str:
    """Why the strategy of the user is incomplete; empty if it is complete."""
    options = constraint.run_as_user
    if options.type == "MustRunAs" and options.uid is None:
        return "MustRunAs requires a UID"
    first, last = options.uid_range_min, options.uid_range_max
    if options.type == "MustRunAsRange" and (first is None) != (last is None):
        return f"MustRunAsRange requires a UIDRange{'Min' if first is None else 'Max'}"
    return ""


def _ranges(
    strategy: GroupStrategy, annotations: Mapping[str, str], *, first_id: bool
) -> tuple[Range, ...] | None:
    """The groups that are allowed; None if all are."""
    if strategy.type != "MustRunAs":
        return None
    if strategy.ranges:
        return strategy.ranges
    text = annotations.get(GROUPS, annotations.get(UID_RANGE, ""))
    if not text:
        raise BlockError(f"unable to find groups using {GROUPS} and {UID_RANGE} annotations")
    blocks = parse_blocks(text)
    return (Range(blocks[0].min, blocks[0].min),) if first_id else blocks
