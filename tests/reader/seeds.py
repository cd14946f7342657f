"""The valid inputs that are mutated: small objects of every kind."""

from functools import cache
from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "sample_clusters"
LARGEST = 1500


@cache
def seeds() -> tuple[str, ...]:
    """The texts, in a fixed order."""
    found = []
    for path in sorted(SAMPLES.rglob("*.yaml")):
        if path.parent.name.startswith("bootstrap") or "openshift" in path.parent.name:
            continue  # the latter's kinds are not upstream's
        pieces = [piece.strip("\n") + "\n" for piece in path.read_text("utf-8").split("\n---\n")]
        small = [piece for piece in pieces if "kind:" in piece and len(piece) <= LARGEST]
        found += small[:12]
        found += ["---\n".join(small[:2])] if small else []
    return tuple(found) + BY_HAND


BY_HAND = (
    """apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ServiceAccount, metadata: {name: a, namespace: x}}
- apiVersion: rbac.authorization.k8s.io/v1
  kind: ClusterRole
  metadata:
    name: reader
    labels: {rbac.authorization.k8s.io/aggregate-to-view: "true"}
  rules:
  - apiGroups: [""]
    resources: [pods, pods/log]
    verbs: ["get", 'list', watch]
  - nonResourceURLs: ["/healthz/*"]
    verbs: ["*"]
""",
    """apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBindingList
items:
- metadata: {name: b, namespace: dev}
  subjects:
  - &who {kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}
  - <<: *who
    name: joe
  roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
""",
    """{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "b"},
 "subjects": [{"kind": "Group", "name": "dev"}, {"kind": "ServiceAccount", "name": "a", "namespace": "x"}],
 "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}}
""",
    """apiVersion: v1
kind: Pod
metadata:
  name: p
  labels:
    app: x
spec:
  hostNetwork: true
  securityContext: {runAsUser: 1000, fsGroup: 2000, sysctls: [{name: net.a, value: "1"}]}
  containers:
  - name: c
    image: nginx:1.25
    command: ["sh", "-c", "echo a: b"]
    env: [{name: A, value: "yes"}]
    ports: [{containerPort: 80, hostPort: 8080}]
    resources: {limits: {cpu: 100m, memory: 1Gi}, requests: {cpu: 0.1}}
    livenessProbe: {httpGet: {path: /, port: 80}, initialDelaySeconds: 5}
    securityContext:
      privileged: false
      capabilities: {add: [NET_ADMIN], drop: ["ALL"]}
  volumes:
  - {name: v, hostPath: {path: /etc}}
  - name: w
    emptyDir: {sizeLimit: 1Gi}
""",
    """apiVersion: apps/v1
kind: Deployment
metadata: {name: d, namespace: x, creationTimestamp: "2024-01-01T00:00:00Z"}
spec:
  replicas: 2
  selector: {matchLabels: {app: x}}
  template:
    metadata: {labels: {app: x}}
    spec: {containers: [{name: c, image: i}], serviceAccountName: a}
""",
    """# a comment
apiVersion: v1
kind: Namespace
metadata:
  name: x
  annotations:
    text: |
      a
       b
    folded: >-
      a
      b
    quoted: "a\\n\\u00e9"
---
# another
apiVersion: batch/v1
kind: CronJob
metadata: {name: c}
spec:
  schedule: "* * * * *"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}
...
""",
)
"""One of each way of writing."""
