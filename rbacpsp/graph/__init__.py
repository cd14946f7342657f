"""The networkx view of a cluster: subjects, bindings, roles, rules, policies and workloads in one graph.

`build` makes a `networkx.MultiDiGraph`. Edges point from a holder to what it has, so that a subject with a path to a
policy may use it, in the scope of the binding on that path. Every path from a subject to a policy crosses exactly
one binding, whose `scope` is the scope of the path. Without the bindings of other scopes (`in_scope`), reachability
answers the question for one namespace.

Nodes. The id is `KIND:NAME` or `KIND:NAMESPACE/NAME` (`node_id`, `parse_id`); a rule is `Rule:INDEX:ROLE`. Every
node has the attributes `kind`, `category`, `name`, `namespace` (may be empty) and `loaded` (false for a node that
other objects only name: a user, a group, a missing role). The node of an assumed object also has the attribute
`assumed`, which is true. By category:

| category | kinds | further attributes |
|---|---|---|
| subject | User, Group, ServiceAccount, OtherSubject | `controls` of an account: the kinds whose pods it creates; `written_kind` of an OtherSubject, which matches nobody |
| binding | RoleBinding, ClusterRoleBinding | `scope`: a namespace, empty for everywhere; `error`: the server's message if its roleRef names a missing role |
| role | Role, ClusterRole | `computed`: its rules were computed from its aggregationRule |
| rule | Rule | `index`, `verbs`, `api_groups`, `resources`, `resource_names`, `non_resource_urls`; name and namespace are its role's |
| policy | PodSecurityPolicy, SecurityContextConstraints | |
| namespace | Namespace | |
| workload | Pod and the kinds that create pods | |

Edges. The key, also the attribute `relation`, names how the source and the target are related:

| relation | from | to | further attributes |
|---|---|---|---|
| member_of | a user or account | a group that the server adds it to | |
| bound_by | a subject | a binding that names it | |
| grants | a binding | the role of its roleRef | |
| has_rule | a role | its rules | |
| may_use | a rule; the group system:masters; a user or group that constraints list | a policy | `api_groups` in which `use` is allowed, none for a list; `wildcard`: the policy is not named |
| runs_as | a workload | the account of its pods | |
| created_by | a workload | the user that creates its pods | |
| names_nobody | a binding | a subject that matches nobody | |
| in_namespace | anything with a namespace | that namespace | |

A user named `system:serviceaccount:NAMESPACE:NAME` is that account, as it is to the API server. The controllers that
create pods and the memberships of `system:authenticated`, `system:unauthenticated` and the two groups of accounts are
included although no object lists them; membership of other groups comes from outside the cluster and is unknown.

PodSecurityPolicy and OpenShift's security context constraints check the account of a pod without
`system:authenticated`, and the creator of the pod with it. `workloads_reaching` distinguishes the two: a path that
crosses `runs_as` and then that group does not count.
"""  # noqa: E501 - rows of a table

from rbacpsp.graph.build import CATEGORIES, Graph, build
from rbacpsp.graph.goal import toward_goal, toward_path
from rbacpsp.graph.nodes import Node, account_id, node_id, parse_id, rule_id, subject_id, user_id
from rbacpsp.graph.reach import Reach, in_scope, ways, who_reaches, workloads_reaching
from rbacpsp.graph.select import around, from_nodes, nearest, of_namespace, toward_policy

__all__ = [
    "CATEGORIES",
    "Graph",
    "Node",
    "Reach",
    "account_id",
    "around",
    "build",
    "from_nodes",
    "in_scope",
    "nearest",
    "node_id",
    "of_namespace",
    "parse_id",
    "rule_id",
    "subject_id",
    "toward_goal",
    "toward_path",
    "toward_policy",
    "user_id",
    "ways",
    "who_reaches",
    "workloads_reaching",
]
