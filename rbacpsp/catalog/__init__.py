"""The resources and verbs that a Kubernetes server serves, and the controllers that create pods."""

from rbacpsp.catalog.catalog import Catalog
from rbacpsp.catalog.controllers import CONTROLLERS, Account
from rbacpsp.catalog.expand import ResourceVerb
from rbacpsp.catalog.resource import Resource
from rbacpsp.catalog.special import SPECIAL_VERBS, VIRTUAL_RESOURCES, SpecialVerb

__all__ = [
    "CONTROLLERS",
    "SPECIAL_VERBS",
    "VIRTUAL_RESOURCES",
    "Account",
    "Catalog",
    "Resource",
    "ResourceVerb",
    "SpecialVerb",
]
