"""Custom resources whose controllers make pods, of Argo, Tekton, Knative, KEDA, Volcano, Kubeflow and others.

Whether a controller runs is seldom in what was read, so that each of these steps says what it rests on. Where
PodSecurityPolicies or security context constraints decide, the controller asks for the pods: it is one of
Kubernetes' own where the custom resource makes a workload, and else unknown, so that only what every
authenticated user may use counts, and what the pod's service account may.
"""

from rbacpsp.audit.custom_workloads import CUSTOM_WORKLOADS
from rbacpsp.audit.references import (
    CIS_CREATE_PODS,
    CONTAINER_API,
    DEPLOY_CONTAINER,
    ESCAPE,
    POLICIES,
    PSA,
    WORKLOAD_CREATION,
)
from rbacpsp.paths.edges.pods import (
    mount,
    on_asker,
    run_as,
    take_node,
)
from rbacpsp.paths.technique import Technique

_WRITES = (
    "create on a custom resource whose controller makes pods - or update or patch, where pods follow its "
    "template - if the controller runs here"
)

TECHNIQUES = (
    Technique(
        name="run-as-by-controller",
        title="runs a pod as a service account by a custom resource, if the controller runs here",
        condition=f"{_WRITES} and a usable policy, or security context constraints, admit some pod with "
        "a token.",
        references=(CIS_CREATE_PODS, WORKLOAD_CREATION, DEPLOY_CONTAINER),
        permissions=CUSTOM_WORKLOADS,
        targets=run_as,
        alike=on_asker,
    ),
    Technique(
        name="take-node-by-controller",
        title="runs a pod that takes over its node by a custom resource, if the controller runs here",
        condition=f"{_WRITES}, and a usable policy, or security context constraints, and the Pod Security "
        "level of the namespace admit a pod that breaks out.",
        references=(ESCAPE, POLICIES, PSA),
        permissions=CUSTOM_WORKLOADS,
        targets=take_node,
        alike=on_asker,
    ),
    Technique(
        name="mount-secrets-by-controller",
        title="mounts secrets in a pod by a custom resource, if the controller runs here",
        condition=f"{_WRITES} and a usable policy, or security context constraints, admit any pod.",
        references=(CIS_CREATE_PODS, WORKLOAD_CREATION, CONTAINER_API),
        permissions=CUSTOM_WORKLOADS,
        targets=mount,
        alike=on_asker,
    ),
)
