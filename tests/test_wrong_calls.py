"""Tests that every wrong call of a public function raises an error that names the parameter.

Every function is called rightly but for one parameter, whose value is drawn from all types. What is not of a
type that the parameter takes ends in a TypeError or ValueError that names it, in one printable line of
bounded length. KeyErrors that are documented (an object to remove that is not there) are no wrong types.
"""

import inspect
import os
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rbacpsp
from rbacpsp import Cluster, LoadError, Request, Subject, User, pss, testing
from rbacpsp.audit import AuditPolicy
from rbacpsp.catalog import Catalog
from rbacpsp.model import Manifest, Namespace, Objects, Version
from rbacpsp.page import Origin
from rbacpsp.paths import parse_place
from rbacpsp.paths.place import Place
from rbacpsp.rbac.mending import Mending

CLUSTER = Cluster.from_objects([testing.policy("all")])
ANN = User("ann")
ASKED = Request("get", resource="pods")
POD = testing.pod("p")
NODE = parse_place("node")
SUBJECT = Subject("User", "ann")
REVIEW = {
    "apiVersion": "authorization.k8s.io/v1",
    "kind": "SubjectAccessReview",
    "spec": {"user": "ann", "nonResourceAttributes": {"path": "/", "verb": "get"}},
}
CASES = {
    "apiVersion": "rbacpsp.io/v1",
    "kind": "AccessTest",
    "assertions": [{"name": "a", "noFinding": {"severity": "critical"}}],
}
NONE = type(None)
TEXT: Any = (str,)
MAYBE_TEXT = (str, NONE)
FLAG: Any = (bool,)
OBJECT = (dict, str, Manifest)
JUDGED = (dict, Manifest, Namespace)
VERSION = (str, NONE, Version)


def ask(**fields: Any) -> Any:
    return CLUSTER.authorize(ANN, Request(**fields))


def of_user(name: Any, groups: Any) -> Any:
    return CLUSTER.authorize(User(name, groups), ASKED)


FUNCTIONS: dict[str, tuple[Callable[..., Any], dict[str, Any], dict[str, Any]]] = {
    "load": (
        rbacpsp.load,
        {"paths": "no-such-file"},
        {
            "paths": (str, os.PathLike),
            "kubernetes_version": VERSION,
            "admission_config": (dict, NONE),
            "keep_going": FLAG,
            "allow_empty": FLAG,
            "duplicates": TEXT,
            "validate": FLAG,
            "bootstrap": TEXT,
            "apply_namespace": MAYBE_TEXT,
        },
    ),
    "connect": (
        rbacpsp.connect,
        {"kubeconfig": "no-such-file"},
        {
            "context": MAYBE_TEXT,
            "kubeconfig": (str, os.PathLike, NONE),
            "namespace": MAYBE_TEXT,
            "kubernetes_version": VERSION,
            "admission_config": (dict, NONE),
            "limits": (Mapping, NONE),
            "progress": (NONE, type),
        },
    ),
    "from_objects": (
        Cluster.from_objects,
        {"objects": []},
        {
            "objects": (list, set, bytes),
            "kubernetes_version": VERSION,
            "admission_config": (dict, NONE),
            "validate": FLAG,
            "bootstrap": TEXT,
        },
    ),
    "Cluster": (
        Cluster,
        {"objects": CLUSTER.objects},
        {
            "objects": (Objects,),
            "kubernetes_version": VERSION,
            "admission_config": (dict, NONE),
            "catalog": (Catalog, NONE),
            "bootstrap": MAYBE_TEXT,
            "assumed_version": (Version, NONE),
        },
    ),
    "User": (of_user, {"name": "a", "groups": ()}, {"name": TEXT, "groups": (list, dict, set)}),
    "User.impersonate": (User.impersonate, {"name": "a"}, {"name": TEXT, "groups": (list, dict, set)}),
    "User.service_account": (
        User.service_account,
        {"namespace": "a", "name": "b"},
        {"namespace": TEXT, "name": TEXT},
    ),
    "Request": (
        ask,
        {"verb": "get"},
        dict.fromkeys(("verb", "group", "resource", "subresource", "name", "namespace"), TEXT)
        | {"path": MAYBE_TEXT},
    ),
    "Request.from_attributes": (Request.from_attributes, {}, {"attributes": (dict,)}),
    "Subject": (Subject, {}, dict.fromkeys(("kind", "name", "namespace", "api_group"), TEXT)),
    "authorize": (
        CLUSTER.authorize,
        {"user": ANN, "request": ASKED},
        {"user": (User,), "request": (Request,)},
    ),
    "who_can": (CLUSTER.who_can, {}, {"request": (Request,)}),
    "who_can_anywhere": (CLUSTER.who_can_anywhere, {}, {"request": (Request,)}),
    "rules_for": (CLUSTER.rules_for, {"user": ANN}, {"user": (User,), "namespace": TEXT}),
    "rules_anywhere": (CLUSTER.rules_anywhere, {"user": ANN}, {"user": (User,)}),
    "request": (CLUSTER.request, {"text": "get pods"}, {"text": TEXT}),
    "grant": (
        CLUSTER.grant,
        {"request": ASKED, "subject": SUBJECT},
        {"request": (Request,), "subject": (Subject, User)},
    ),
    "opened_by": (CLUSTER.opened_by, {}, {"mending": (Mending,)}),
    "admit": (
        CLUSTER.admit,
        {"pod": POD, "user": ANN},
        {
            "pod": OBJECT,
            "user": (User, NONE),
            "namespace": MAYBE_TEXT,
            "operation": TEXT,
            "old": (*OBJECT, NONE),
            "subresource": TEXT,
        },
    ),
    "scc_admit": (
        CLUSTER.scc_admit,
        {"pod": POD, "user": ANN},
        {
            "pod": OBJECT,
            "user": (User, NONE),
            "namespace": MAYBE_TEXT,
            "operation": TEXT,
            "old": (*OBJECT, NONE),
            "subresource": TEXT,
        },
    ),
    "policy_users": (CLUSTER.policy_users, {"policy": "p"}, {"policy": TEXT, "namespace": MAYBE_TEXT}),
    "simulate": (
        CLUSTER.simulate,
        {},
        {"user": (User, NONE), "shared_controllers": (bool, NONE), "controllers": (dict,)},
    ),
    "scc_simulate": (
        CLUSTER.scc_simulate,
        {},
        {"user": (User, NONE), "shared_controllers": (bool, NONE), "controllers": (dict,)},
    ),
    "pss_admit": (
        CLUSTER.pss_admit,
        {"obj": POD},
        {
            "obj": (str, *JUDGED),
            "user": (User, NONE),
            "namespace": MAYBE_TEXT,
            "operation": TEXT,
            "old": (str, *JUDGED, NONE),
            "subresource": TEXT,
        },
    ),
    "submit": (
        CLUSTER.submit,
        {"obj": POD},
        {
            "obj": OBJECT,
            "user": (User, NONE),
            "namespace": MAYBE_TEXT,
            "operation": TEXT,
            "old": (*OBJECT, NONE),
        },
    ),
    "pss_check": (CLUSTER.pss_check, {"obj": POD}, {"obj": OBJECT, "level": TEXT, "version": TEXT}),
    "review": (
        CLUSTER.review,
        {"review": REVIEW},
        {"review": (dict,), "user": (User, NONE), "plugin": TEXT},
    ),
    "preflight": (
        CLUSTER.preflight,
        {"objects": [], "user": ANN},
        {"objects": (list, set), "user": (User,), "namespace": TEXT},
    ),
    "audit": (
        CLUSTER.audit,
        {},
        {"rules": (NONE,), "policy": (AuditPolicy, NONE), "today": (date, NONE), "progress": (NONE, type)},
    ),
    "changed": (CLUSTER.changed, {}, {"added": (Objects, NONE), "removed": ()}),
    "snapshot": (CLUSTER.snapshot, {}, {"path": (str, os.PathLike)}),
    "explore": (CLUSTER.explore, {}, {"origin": (Origin, NONE), "start": (str,)}),
    "paths.tree": (CLUSTER.paths().tree, {}, {"goal": (Place,)}),
    "paths.to": (CLUSTER.paths().to, {}, {"goal": (Place,)}),
    "paths.from_": (CLUSTER.paths().from_, {"start": NODE}, {"start": (Place,), "limit": (int, NONE)}),
    "paths.between": (
        CLUSTER.paths().between,
        {"start": NODE, "goal": NODE},
        {"start": (Place,), "goal": (Place,)},
    ),
    "paths.cuts": (CLUSTER.paths().cuts, {"goal": NODE}, {"goal": (Place,), "limit": (int,)}),
    "parse_place": (parse_place, {}, {"text": TEXT}),
    "migrate": (
        rbacpsp.migrate,
        {"cluster": CLUSTER, "engine": "vap"},
        {"cluster": (Cluster,), "engine": TEXT},
    ),
    "diff": (rbacpsp.diff, {"old": CLUSTER, "new": CLUSTER}, {"old": (Cluster,), "new": (Cluster,)}),
    "test": (
        rbacpsp.test,
        {"cluster": CLUSTER, "assertions": CASES},
        {"cluster": (Cluster,), "assertions": (dict,)},
    ),
    "pss.evaluate": (
        pss.evaluate,
        {"obj": POD},
        {"obj": (dict, Manifest), "level": TEXT, "version": TEXT, "kubernetes_version": VERSION},
    ),
    "pss.admit": (
        pss.admit,
        {"obj": POD},
        {
            "obj": JUDGED,
            "user": (User, NONE),
            "namespace": MAYBE_TEXT,
            "operation": TEXT,
            "old": (*JUDGED, NONE),
            "subresource": TEXT,
            "objects": (Objects, NONE),
            "config": (pss.Configuration, NONE),
            "version": (Version, NONE),
        },
    ),
    "pss.read_config": (pss.read_config, {"obj": {}}, {"obj": (dict,), "version": (Version, NONE)}),
    "pss.LevelVersion.of": (
        pss.LevelVersion.of,
        {"level": "baseline"},
        {"level": TEXT, "version": TEXT},
    ),
    "pss.LevelVersion.parse": (pss.LevelVersion.parse, {}, {"text": TEXT}),
    "testing.policy": (testing.policy, {"name": "p"}, {"name": TEXT, "annotations": (dict, NONE)}),
    "testing.pod": (
        testing.pod,
        {"name": "p"},
        {"name": TEXT, "namespace": TEXT, "container": (dict, NONE)},
    ),
    "testing.deployment": (
        testing.deployment,
        {"name": "p"},
        {"name": TEXT, "namespace": TEXT, "container": (dict, NONE)},
    ),
    "testing.subject": (testing.subject, {}, {"text": TEXT}),
    "testing.namespace": (testing.namespace, {"name": "a"}, {"name": TEXT, "labels": (dict, NONE)}),
    "testing.service_account": (
        testing.service_account,
        {"namespace": "a", "name": "b"},
        {"namespace": TEXT, "name": TEXT},
    ),
    "testing.rule": (
        testing.rule,
        {"verbs": "get"},
        {"verbs": TEXT, "resources": TEXT, "groups": TEXT, "names": TEXT, "urls": TEXT},
    ),
    "testing.role": (
        testing.role,
        {"name": "a"},
        {"name": TEXT, "rules": (dict,), "namespace": TEXT},
    ),
    "testing.binding": (
        testing.binding,
        {"role": "a"},
        {"role": TEXT, "subjects": TEXT, "namespace": TEXT, "kind": TEXT, "name": TEXT},
    ),
    "builder.add": (testing.ClusterBuilder().add, {}, {"objects": (dict,)}),
    "builder.namespace": (
        testing.ClusterBuilder().namespace,
        {"name": "a"},
        {"name": TEXT, "labels": (dict, NONE)},
    ),
    "builder.service_account": (
        testing.ClusterBuilder().service_account,
        {"namespace": "a", "name": "b"},
        {"namespace": TEXT, "name": TEXT},
    ),
    "builder.role": (
        testing.ClusterBuilder().role,
        {"name": "a"},
        {"name": TEXT, "rules": (dict,), "namespace": TEXT},
    ),
    "builder.bind": (
        testing.ClusterBuilder().bind,
        {"role": "a"},
        {"role": TEXT, "subjects": TEXT, "namespace": TEXT, "kind": TEXT, "name": TEXT},
    ),
    "builder.policy": (
        testing.ClusterBuilder().policy,
        {"name": "a"},
        {"name": TEXT, "annotations": (dict, NONE)},
    ),
    "builder.may_use": (
        testing.ClusterBuilder().may_use,
        {"policy_name": "a"},
        {"policy_name": TEXT, "subjects": TEXT, "namespace": TEXT},
    ),
    "builder.build": (testing.ClusterBuilder().build, {}, {"kubernetes_version": VERSION}),
}
"""By name a function, its arguments of a right call, and by parameter the types that it takes."""

HOSTILE = "\x1b[31m\n##vso[" + "q" * 3_000
WRONG = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.binary(max_size=3) | st.just(b"\x1b" * 3_000),
    st.text(max_size=3) | st.just(HOSTILE),
    st.lists(st.none() | st.integers() | st.text(max_size=2) | st.lists(st.none()), max_size=2),
    st.sets(st.text(max_size=2) | st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2) | st.integers(), st.none(), max_size=1),
    st.builds(object),
    st.just(int),
)
PLACES = [(name, parameter) for name, (_, _, takes) in FUNCTIONS.items() for parameter in takes]


def call(name: str, parameter: str, value: Any) -> Any:
    function, right, _ = FUNCTIONS[name]
    arguments = {**right, parameter: value}
    signature = inspect.signature(function)
    several = [each.name for each in signature.parameters.values() if each.kind == each.VAR_POSITIONAL]
    if not several or several[0] not in arguments:
        return function(**arguments)
    names = list(signature.parameters)
    before = [arguments.pop(each) for each in names[: names.index(several[0])]]
    return function(*before, arguments.pop(several[0]), **arguments)


def is_of(value: Any, types: tuple[type, ...]) -> bool:
    return isinstance(value, types) and not (isinstance(value, bool) and bool not in types)


@pytest.mark.parametrize(("name", "parameter"), PLACES, ids=lambda each: each)
@given(value=WRONG)
def test_a_value_of_a_wrong_type_is_reported_with_its_parameter(
    name: str, parameter: str, value: Any
) -> None:
    if is_of(value, FUNCTIONS[name][2][parameter]) or (
        parameter in {"removed", "rules"} and value in ([], {}, set())
    ):
        return
    with pytest.raises((TypeError, ValueError)) as raised:
        call(name, parameter, value)
    message = str(raised.value)
    assert parameter.replace("_", " ") in message.replace("_", " ").lower()
    assert "unhashable" not in message
    assert "unexpected keyword" not in message
    assert message.isprintable()
    assert len(message) <= 500


WORDS = [
    ("load", "duplicates"),
    ("load", "bootstrap"),
    ("from_objects", "bootstrap"),
    ("from_objects", "kubernetes_version"),
    ("admit", "operation"),
    ("scc_admit", "operation"),
    ("pss_admit", "operation"),
    ("pss_check", "level"),
    ("pss_check", "version"),
    ("review", "plugin"),
    ("migrate", "engine"),
    ("pss.admit", "operation"),
    ("pss.evaluate", "level"),
    ("pss.LevelVersion.parse", "text"),
    ("testing.subject", "text"),
    ("builder.bind", "subjects"),
]
"""Parameters that take certain words or forms only."""


@pytest.mark.parametrize(("name", "parameter"), WORDS, ids=lambda each: each)
@given(value=st.text(max_size=400).map(lambda text: f"\x1b{text}") | st.just(HOSTILE))
def test_an_unknown_word_is_cut_and_escaped_in_the_error(name: str, parameter: str, value: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message is tested below
        call(name, parameter, value)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) <= 500


def test_every_public_method_of_a_cluster_is_called() -> None:
    public = {name for name in dir(Cluster) if not name.startswith("_") and callable(getattr(Cluster, name))}
    without_parameters = {"paths", "graph", "redacted"}
    assert public - without_parameters - {"unread"} <= FUNCTIONS.keys()


def test_a_missing_file_is_not_a_wrong_call() -> None:
    with pytest.raises(LoadError, match="there is no such file"):
        call("load", "keep_going", value=True)
