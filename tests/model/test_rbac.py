"""Tests the API server's defaults for the objects of RBAC."""

from rbacpsp.model import RoleRef, Subject


def test_an_empty_group_of_a_role_reference_is_that_of_rbac() -> None:
    assert RoleRef(api_group="", kind="Role", name="x").api_group == "rbac.authorization.k8s.io"


def test_an_empty_group_of_a_user_or_group_is_that_of_rbac_and_of_an_account_the_core_group() -> None:
    groups = [Subject(kind, "x").api_group for kind in ("User", "Group", "ServiceAccount")]
    assert groups == ["rbac.authorization.k8s.io", "rbac.authorization.k8s.io", ""]
