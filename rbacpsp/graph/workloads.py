"""Finds the service account of a workload's pods, and the creator of the pods."""

from collections.abc import Mapping

from rbacpsp.catalog import Account
from rbacpsp.model import Manifest, User
from rbacpsp.model.request import ALL_AUTHENTICATED
from rbacpsp.pods.defaults import TEMPLATES

NODES = "system:nodes"
"""The group of the kubelets, which create the mirrors of their static pods."""


def account_of(manifest: Manifest) -> str:
    """The name of the service account that the pods run as; `default` where the manifest names none.

    Source: plugin/pkg/admission/serviceaccount/admission.go, and the older field `serviceAccount`, which
    pkg/apis/core/v1/conversion.go copies to `serviceAccountName` (1.24).
    """
    template = manifest.body
    for key in TEMPLATES.get(manifest.kind, ()):
        template = template.get(key) or {}
    spec = template.get("spec") or {}
    return spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"


def creator_of(manifest: Manifest, controllers: Mapping[str, Account]) -> User | None:
    """Who creates the pods: a controller, or the kubelet of a static pod; None if it is unknown."""
    if manifest.kind != "Pod":
        account = controllers.get(manifest.kind)
        return account.user if account else None
    for owner in manifest.metadata.owner_references:
        if owner.controller and owner.kind in controllers:
            return controllers[owner.kind].user
        if owner.kind == "Node":
            return User(f"system:node:{owner.name}", (NODES, ALL_AUTHENTICATED))
    return None
