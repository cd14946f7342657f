"""Cloud identities: those that service accounts have, and those that aws-auth maps to users and groups.

An annotation makes the pods of a service account an identity of AWS, Google Cloud or Azure. On EKS the
ConfigMap kube-system/aws-auth maps roles and users of IAM to a user and to groups.
"""

from collections.abc import Iterator

from rbacpsp.audit.aws_auth import mapped_identities
from rbacpsp.audit.references import VALID_ACCOUNTS, Reference
from rbacpsp.audit.rules.identity import CLOUD_ANNOTATIONS
from rbacpsp.model.request import ALL_AUTHENTICATED
from rbacpsp.paths.place import Place, user_place
from rbacpsp.paths.technique import ClusterFacts, Link, ReachedPlace, Technique

_AWS_AUTH = Reference(
    "EKS: IAM users and roles in the aws-auth ConfigMap",
    "https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html",
)


def _identities(facts: ClusterFacts) -> Iterator[Link]:
    accounts = facts.view.objects.service_accounts
    annotated = [key for key, account in accounts.items() if account.metadata.annotations]
    for namespace, name in sorted(annotated):
        account = accounts[namespace, name]
        for annotation in CLOUD_ANNOTATIONS:
            identity = account.metadata.annotations.get(annotation)
            if identity:
                source = Place("ServiceAccount", namespace, name)
                yield source, [ReachedPlace(Place("cloud", "", identity), f"annotation {annotation}")]


def _mapped(facts: ClusterFacts) -> Iterator[Link]:
    for entry in mapped_identities(facts.view):
        source = Place("cloud", "", entry.identity)
        reason = "kube-system/aws-auth maps it"
        if entry.username:
            yield source, [ReachedPlace(user_place(entry.username), reason)]
        for group in dict.fromkeys((*entry.groups, ALL_AUTHENTICATED)):
            yield source, [ReachedPlace(Place("Group", "", group), reason)]


TECHNIQUES = (
    Technique(
        name="cloud-identity",
        title="acts as a cloud identity",
        condition="An annotation of the service account names the identity: eks.amazonaws.com/role-arn, "
        "iam.gke.io/gcp-service-account or azure.workload.identity/client-id.",
        references=(VALID_ACCOUNTS,),
        links=_identities,
    ),
    Technique(
        name="aws-auth",
        title="is mapped to a user and groups",
        condition="An entry of the ConfigMap kube-system/aws-auth. The identity is also in the group "
        "system:authenticated.",
        references=(_AWS_AUTH, VALID_ACCOUNTS),
        links=_mapped,
        cost=0,
    ),
)
