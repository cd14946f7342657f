"""Custom resources whose controllers create pods: of Argo, Tekton, Knative, KEDA, Volcano and others.

The objects seldom show whether a controller runs, so each of these steps says that it must.
PodSecurityPolicies and security context constraints check the creator of the pod, which is one of Kubernetes'
own controllers if the custom resource creates a workload. Otherwise the controller is unknown: then only
policies count that every authenticated user, or the service account of the pod, may use.
"""

from rbacpsp.audit.custom_workloads import APPLIED_RUNS, CUSTOM_WORKLOADS
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
from rbacpsp.paths.technique import APPLIED, Technique

_WRITES = (
    "create on a custom resource whose controller creates pods, or update or patch if the pods follow its "
    f"template. {APPLIED} The controller must run in the cluster."
)
_CREATE_PODS = (*CUSTOM_WORKLOADS, *APPLIED_RUNS)

TECHNIQUES = (
    Technique(
        name="run-as-by-controller",
        title="runs a pod as a service account through a custom resource, if its controller runs in the "
        "cluster",
        condition=f"{_WRITES} Where PodSecurityPolicies or security context constraints apply, one that may "
        f"be used must admit a pod with a token.",
        references=(CIS_CREATE_PODS, WORKLOAD_CREATION, DEPLOY_CONTAINER),
        permissions=_CREATE_PODS,
        targets=run_as,
        alike=on_asker,
    ),
    Technique(
        name="take-node-by-controller",
        title="runs a pod that takes over its node through a custom resource, if its controller runs in the "
        "cluster",
        condition=f"{_WRITES} The Pod Security level of the namespace must admit a pod that can take over "
        f"its node. Where PodSecurityPolicies or security context constraints apply, one that may be used "
        f"must admit it as well.",
        references=(ESCAPE, POLICIES, PSA),
        permissions=_CREATE_PODS,
        targets=take_node,
        alike=on_asker,
    ),
    Technique(
        name="mount-secrets-by-controller",
        title="mounts secrets in a pod through a custom resource, if its controller runs in the cluster",
        condition=f"{_WRITES} Where PodSecurityPolicies or security context constraints apply, one that may "
        f"be used must admit some pod.",
        references=(CIS_CREATE_PODS, WORKLOAD_CREATION, CONTAINER_API),
        permissions=_CREATE_PODS,
        targets=mount,
        alike=on_asker,
    ),
)
