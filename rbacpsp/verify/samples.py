"""Draws questions from a cluster: the same seed draws the same questions from the same cluster.

Requests are drawn from bound rules, so that many of them are allowed, from unbound ones, and from everything
that the server serves. The rules of users are compared completely, which shows a binding, a subject or a rule
that was not read. Pods are the templates of the cluster's workloads and a plain one, each with some fields
that policies read.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from rbacpsp.cluster import Cluster
from rbacpsp.model import ClusterRoleBinding, PolicyRule, Request, RoleBinding, Subject, User
from rbacpsp.model.json import JSONObject
from rbacpsp.model.request import ALL_AUTHENTICATED
from rbacpsp.pods.shape import plain_copy
from rbacpsp.pods.templates import pods_of
from rbacpsp.verify.likely_users import UserInNamespace, users_in_namespaces
from rbacpsp.verify.pods import VARIATIONS
from rbacpsp.verify.questions import AccessQuestion, PodQuestion, Question, RulesQuestion

_NODE = "system:node:"
"""Users whose requests the Node authorizer decides too, which is not analyzed."""
_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "use", "bind")
_PATHS = ("/", "/healthz", "/healthz/ping", "/version", "/metrics", "/api", "/apis/apps", "/logs/", "/livez")
_NAMES = ("", "", "", "web", "default", "a.b")
_TEMPLATES = 50


RULES = 300
"""How many lists of rules are compared by default."""


def sample(
    cluster: Cluster,
    *,
    requests: int,
    pods: int,
    rules: int = RULES,
    seed: int = 0,
    groups: Iterable[str] = (),
) -> list[Question]:
    """Draw questions; no pods where the cluster has no namespace with a service account.

    Args:
        cluster: The cluster.
        requests: How many requests.
        pods: How many pods.
        rules: How many lists of the rules that hold for a user in a namespace.
        seed: Selects the questions.
        groups: The groups of the user of the login, which are included.
    """
    draw = _Draw(cluster, seed, tuple(groups))
    return [*draw.requests(requests), *draw.rules(rules), *draw.pods(pods)]


class _Draw:
    def __init__(self, cluster: Cluster, seed: int, groups: tuple[str, ...] = ()) -> None:
        self._cluster = cluster
        self._groups = groups
        self._random = random.Random(seed)  # noqa: S311 - a sample, and the same one again for a seed

    def requests(self, count: int) -> Iterator[AccessQuestion]:
        """Requests for granted permissions, for permissions in any bound rule, and for anything.

        A third of them concerns users whom no binding may name, and permissions of any role.
        """
        pick = self._random.choice
        for _ in range(count):
            user, chance = pick(self._users), self._random.random()
            if chance < 0.1:
                request = Request(pick(("get", "post", "put")), path=pick(_PATHS))
            elif chance < 0.4 and self._granted_rules:
                user, rule, namespace = pick(self._granted_rules)
                request = self._of_rule(rule, namespace)
            elif chance < 0.6 and self._granted_rules:
                request = self._of_rule(*pick(self._granted_rules)[1:])
            elif chance < 0.9 and self._any_rules and self._users_in_namespaces:
                user, namespace = pick(self._users_in_namespaces)
                request = self._of_rule(pick(self._any_rules), namespace)
            else:
                request = self._of_catalog()
            yield AccessQuestion(user, request)

    def rules(self, count: int) -> Iterator[RulesQuestion]:
        """The rules of users in namespaces: of all known users, up to the count.

        If there are more, one half are the likeliest, and the other half are random.
        """
        pairs = self._users_in_namespaces
        first = pairs[: count // 2]
        others = pairs[len(first) :]
        chosen = [*first, *self._random.sample(others, min(len(others), count - len(first)))]
        yield from (RulesQuestion(user, namespace) for user, namespace in chosen)

    def pods(self, count: int) -> Iterator[PodQuestion]:
        """Pods with random fields, submitted by random users."""
        accounts = sorted(self._cluster.objects.service_accounts)
        namespaces = sorted({namespace for namespace, _ in accounts})
        for number in range(count if namespaces else 0):
            namespace = self._random.choice(namespaces)
            pod = plain_copy(self._random.choice(self._templates))
            pod["metadata"] = {
                "name": f"rbacpsp-verify-{number}",
                "namespace": namespace,
                **{key: pod["metadata"][key] for key in ("labels", "annotations") if key in pod["metadata"]},
            }
            account_names = [name for within, name in accounts if within == namespace]
            pod["spec"]["serviceAccountName"] = self._random.choice(account_names)
            pod["spec"].pop("serviceAccount", None)
            for vary in self._random.sample(VARIATIONS, self._random.choice((0, 1, 1, 2, 2, 3, 4))):
                vary(pod, self._random)
            yield PodQuestion(self._random.choice(self._creators), namespace, pod)

    def _of_rule(self, rule: PolicyRule, namespace: str) -> Request:
        pick = self._random.choice
        verb = pick(rule.verbs or ("get",))
        if verb == "*":
            verb = pick(_VERBS)
        if rule.non_resource_urls:
            return Request(verb, path=pick(rule.non_resource_urls).replace("*", pick(("", "x", "x/y"))))
        group, combined = pick(rule.api_groups or ("",)), pick(rule.resources or ("pods",))
        if "*" in {group, combined} and self._cluster.catalog.resources:
            any_resource = pick(self._cluster.catalog.resources)
            group = any_resource.group if group == "*" else group
            combined = any_resource.combined if combined == "*" else combined
        resource, _, subresource = combined.partition("/")
        if resource == "*":
            resource = pick(("deployments", "pods", "widgets"))
        if self._random.random() < 0.2:
            namespace = pick(self._namespaces)
        return Request(
            verb,
            group=group,
            resource=resource,
            subresource=subresource,
            name=pick((*rule.resource_names, *_NAMES)),
            namespace=namespace,
        )

    def _of_catalog(self) -> Request:
        pick, known = self._random.choice, self._cluster.catalog.resources
        if not known:
            return Request("get", path=pick(_PATHS))
        resource = pick(known)
        return Request(
            pick((*resource.verbs, *_VERBS)),
            group=resource.group,
            resource=resource.name,
            subresource=resource.subresource,
            name=pick(_NAMES),
            namespace=pick(self._namespaces),
        )

    @cached_property
    def _users_in_namespaces(self) -> Sequence[UserInNamespace]:
        return users_in_namespaces(self._cluster, self._groups)

    @cached_property
    def _any_rules(self) -> Sequence[PolicyRule]:
        """The rules of all roles, bound or not."""
        objects = self._cluster.objects
        cluster_rules = [rule for _, role in sorted(objects.cluster_roles.items()) for rule in role.rules]
        return cluster_rules + [rule for _, role in sorted(objects.roles.items()) for rule in role.rules]

    @cached_property
    def _namespaces(self) -> Sequence[str]:
        objects = self._cluster.objects
        return sorted({"", *objects.namespaces, *(key[0] for key in objects.service_accounts)})

    @cached_property
    def _granted_rules(self) -> Sequence[tuple[User, PolicyRule, str]]:
        """A user of each subject of each binding, each rule that it gets, and where."""
        objects = self._cluster.objects
        grants_found = []
        for binding in self._bindings:
            ref, namespace = binding.role_ref, binding.metadata.namespace
            local = objects.roles.get((namespace, ref.name))
            role = local if ref.kind == "Role" else objects.cluster_roles.get(ref.name)
            for subject in binding.subjects if role else ():
                user = _user_of(subject, namespace)
                if not user.name.startswith(_NODE):
                    grants_found += [(user, rule, namespace) for rule in role.rules] if role else []
        return grants_found

    @cached_property
    def _bindings(self) -> Sequence[RoleBinding | ClusterRoleBinding]:
        objects = self._cluster.objects
        bindings: list[RoleBinding | ClusterRoleBinding] = []
        bindings += (binding for _, binding in sorted(objects.role_bindings.items()))
        bindings += (binding for _, binding in sorted(objects.cluster_role_bindings.items()))
        return bindings

    @cached_property
    def _users(self) -> Sequence[User]:
        """The subjects of bindings, alone and as members of groups, and some users whom no binding names."""
        subjects = sorted(
            {(s.kind, s.namespace, s.name) for binding in self._bindings for s in binding.subjects}
        )
        groups = [name for kind, _, name in subjects if kind == "Group"]
        users = [User("nobody"), User("somebody", (ALL_AUTHENTICATED,)), *self._accounts]
        for kind, _, name in subjects:
            if kind == "Group":
                users.append(User("member", (name,)))
            elif kind == "User":
                more = tuple(self._random.sample(groups, min(len(groups), self._random.randrange(3))))
                users += [User(name), User.impersonate(name, more)]
        return [user for user in users if not user.name.startswith(_NODE)]

    @cached_property
    def _accounts(self) -> Sequence[User]:
        keys = sorted(self._cluster.objects.service_accounts)
        return [User.service_account(namespace, name) for namespace, name in keys]

    @cached_property
    def _creators(self) -> Sequence[User]:
        """Users as they can be impersonated: everyone who logs in is in system:authenticated."""
        named = {user.name: user for user in self._users if user.name != "nobody"}
        controllers = [account.user for account in self._cluster.catalog.controllers.values()]
        impersonable_users = [User.impersonate(user.name, user.groups) for user in named.values()]
        return [*impersonable_users, *sorted(set(controllers), key=lambda user: user.name) * 2]

    @cached_property
    def _templates(self) -> Sequence[JSONObject]:
        container = {"name": "app", "image": "registry.k8s.io/pause:3.9"}
        plain = {"apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": {"containers": [container]}}
        version = self._cluster.policy_version
        template_pods = [
            pod.pod
            for _, workload in sorted(self._cluster.objects.workloads.items())[:_TEMPLATES]
            for pod in pods_of(workload.body, version)
        ]
        return [plain, *template_pods]


def _user_of(subject: Subject, namespace: str) -> User:
    """A user who matches a subject of a binding."""
    if subject.kind == "Group":
        return User("member", (subject.name,))
    if subject.kind == "ServiceAccount":
        return User.service_account(subject.namespace or namespace, subject.name)
    return User.impersonate(subject.name)
