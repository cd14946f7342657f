"""Policies and levels of Pod Security by namespace."""

from collections import Counter
from typing import TYPE_CHECKING

from rbacpsp.plot.axes import NO, SCALE, Cells, Shade, draw_cells
from rbacpsp.plot.source import Plotted
from rbacpsp.pss.levels import LEVELS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHARES = (
    Shade(NO, "no account"),
    Shade(SCALE[0], "less than half"),
    Shade(SCALE[2], "half or more"),
    Shade(SCALE[4], "every account"),
)
_LEVELS = tuple(map(Shade, SCALE[::2], LEVELS))
_MODES = {"enforce": "enforces", "audit": "audits", "warn": "warns", "could_enforce": "could enforce"}


def policies(cluster: Plotted, *, limit: int, ax: "Axes | None") -> "Axes":
    """Namespaces by policies, with the number of service accounts that may use each there."""
    names = sorted(cluster.listed.policies)
    if not names:
        raise ValueError("no PodSecurityPolicy was loaded: there is nothing to plot")
    accounts = Counter(namespace for namespace, _ in cluster.listed.service_accounts)
    if not accounts:
        raise ValueError("no service account was loaded: there is nothing to plot")
    users = cluster.frames.policy_users
    users = users[users.subject_kind == "ServiceAccount"]
    users_in_namespace = users[
        (users.scope == "") | (users.scope.astype(str) == users.subject_namespace.astype(str))
    ]
    known = {f"ServiceAccount/{namespace}:{name}" for namespace, name in cluster.listed.service_accounts}
    pairs = {
        (namespace, policy, subject)
        for namespace, policy, subject in zip(
            users_in_namespace.subject_namespace,
            users_in_namespace.policy,
            users_in_namespace.subject,
            strict=True,
        )
        if subject in known
    }
    count = Counter((namespace, policy) for namespace, policy, _ in pairs)
    order = sorted(accounts, key=lambda namespace: (-accounts[namespace], namespace))
    rows = order[: max(limit, 1)]
    values = [[_share(count[row, policy], accounts[row]) for policy in names] for row in rows]
    texts = [[f"{count[row, policy]} of {accounts[row]}" for policy in names] for row in rows]
    cells = Cells(rows, names, values, _SHARES, texts).counted(len(order) - len(rows))
    title = "Service accounts that may use a policy in their namespace"
    return draw_cells(cells, ax, title=title, down="namespace", across="PodSecurityPolicy")


def _share(count: int, of: int) -> int:
    if not count:
        return 0
    return 3 if count >= of else 2 if 2 * count >= of else 1


def pod_security(cluster: Plotted, *, limit: int, ax: "Axes | None") -> "Axes":
    """Namespaces by the levels that they enforce, audit and warn about."""
    frame = cluster.frames.pod_security
    if frame.empty:
        raise ValueError("no namespace was loaded, and nothing that runs in one: there is nothing to plot")
    frame = frame.assign(running=frame.pods + frame.workloads)
    frame = frame.sort_values(["running", "namespace"], ascending=[False, True], kind="stable")
    first_rows = frame.head(max(limit, 1))
    texts = [list(row) for row in first_rows[list(_MODES)].astype(str).itertuples(index=False)]
    values = [[LEVELS.index(level) for level in row] for row in texts]
    rows = [
        f"{namespace} (exempt)" if exempt else namespace
        for namespace, exempt in zip(first_rows.namespace, first_rows.exempt, strict=True)
    ]
    cells = Cells(rows, list(_MODES.values()), values, _LEVELS, texts).counted(len(frame) - len(first_rows))
    return draw_cells(cells, ax, title="Pod Security by namespace", down="namespace", across="label")
