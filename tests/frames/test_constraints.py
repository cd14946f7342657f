"""Tests the frames of OpenShift's security context constraints on the sample cluster."""

import pandas as pd
import pytest

from rbacpsp.files import load
from rbacpsp.frames import Frames


@pytest.fixture(scope="module")
def frames() -> Frames:
    return load("sample_clusters/scc-on-openshift").frames


def rows(frame: pd.DataFrame, *columns: str) -> list[tuple[object, ...]]:
    return list(frame[list(columns)].astype(object).itertuples(index=False, name=None))


def test_constraints_are_in_the_order_of_the_server(frames: Frames) -> None:
    result = rows(frames.constraints, "order", "scc", "priority", "points", "level", "assumed")
    assert result[:3] == [
        (0, "terminals", 20, 842000, "privileged", False),
        (1, "anyuid", 10, 154950, "baseline", True),
        (2, "restricted-v2", 0, 132010, "restricted", True),
    ]
    assert len(result) == 14


def test_users_of_constraints_are_listed_by_list_and_by_grant(frames: Frames) -> None:
    users = frames.constraint_users
    privileged = users[(users.scc == "privileged") & (users.subject != "Group/system:masters")]
    assert rows(privileged, "subject", "scope", "listed", "as_account", "binding", "rule") == [
        ("Group/system:cluster-admins", "", "groups: system:cluster-admins", False, "", -1),
        ("Group/system:nodes", "", "groups: system:nodes", False, "", -1),
        ("ServiceAccount/monitoring:agent", "monitoring", "", True, "agent-privileged", 0),
        (
            "ServiceAccount/openshift-infra:build-controller",
            "",
            "users: system:serviceaccount:openshift-infra:build-controller",
            True,
            "",
            -1,
        ),
        ("User/system:admin", "", "users: system:admin", False, "", -1),
    ]


def test_a_cluster_without_constraints_has_empty_frames() -> None:
    frames = load("sample_clusters/psp-by-example").frames
    assert frames.constraints.empty
    assert frames.constraint_users.empty
