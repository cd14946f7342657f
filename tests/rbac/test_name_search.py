"""Tests which subjects a name without a kind stands for."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp.model import Subject, User
from rbacpsp.model.similar_names import likeliest
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac.index import split_user
from rbacpsp.rbac.name_search import is_of_every_server, names_of
from rbacpsp.testing import ClusterBuilder

NAMES = st.sampled_from(["dev", "ci", "jenkins", "ci:jenkins", "deployer", "dev:default"])
ACCOUNTS = st.tuples(st.sampled_from(["dev", "ci"]), st.sampled_from(["dev", "jenkins", "deployer"]))


def texts(subjects: tuple[Subject, ...]) -> list[str]:
    return [subject_text(subject) for subject in subjects]


@given(users=st.sets(NAMES), groups=st.sets(NAMES), accounts=st.sets(ACCOUNTS), word=NAMES)
def test_a_word_finds_every_subject_of_that_name_and_no_other(
    users: set[str], groups: set[str], accounts: set[tuple[str, str]], word: str
) -> None:
    builder = ClusterBuilder().role("view")
    everyone = [f"User/{name}" for name in users] + [f"Group/{name}" for name in groups]
    everyone += [f"ServiceAccount/{namespace}:{name}" for namespace, name in accounts]
    for number, subject in enumerate(sorted(everyone)):
        builder = builder.bind("view", subject, namespace="" if number % 2 else "ci", name=f"b{number}")
    result = builder.build().authorizer.called(word)
    expected = [f"User/{word}"] if word in users else []
    expected += [f"Group/{word}"] if word in groups else []
    expected += [
        f"ServiceAccount/{namespace}:{name}"
        for namespace, name in sorted(accounts)
        if word in {name, f"{namespace}:{name}"}
    ]
    assert texts(result) == expected


def test_the_most_similar_names_come_first_and_less_similar_ones_are_left_out() -> None:
    builder = ClusterBuilder().role("view")
    people = ("User/dave@example.com", "User/carol@example.com")
    authorizer = builder.bind("view", *people, "ServiceAccount/ci:deployer").build().authorizer
    assert texts(authorizer.spelled_like("dave@exmple.com")) == ["User/dave@example.com"]
    assert texts(authorizer.spelled_like("carl")) == ["User/carol@example.com"]
    assert texts(authorizer.spelled_like("deployr")) == ["ServiceAccount/ci:deployer"]
    assert texts(authorizer.spelled_like("deployr", "User")) == []
    assert texts(authorizer.spelled_like("q" * 5_000)) == []


@given(
    users=st.sets(NAMES, max_size=3),
    groups=st.sets(NAMES, max_size=3),
    accounts=st.sets(ACCOUNTS),
    word=st.sampled_from(["deve", "c1", "jenkin", "ci:jenkin", "deploier", "dev:deployr", "DEV"]),
    kind=st.sampled_from(["", "User", "Group", "ServiceAccount"]),
)
def test_subjects_are_found_by_each_of_the_words_that_people_type_for_them(
    users: set[str], groups: set[str], accounts: set[tuple[str, str]], word: str, kind: str
) -> None:
    everyone = [(f"User/{name}", (name, name.partition("@")[0])) for name in sorted(users)]
    everyone += [(f"Group/{name}", (name, name.rpartition(":")[2])) for name in sorted(groups)]
    for namespace, name in sorted(accounts):
        everyone.append((f"ServiceAccount/{namespace}:{name}", (name, f"{namespace}:{name}")))
    builder = ClusterBuilder().role("view")
    for number, (subject, _) in enumerate(everyone):
        builder = builder.bind("view", subject, namespace="" if number % 2 else "ci", name=f"b{number}")
    nearby = [
        (spelling, subject)
        for subject, spellings in everyone
        if subject.startswith(f"{kind}/" if kind else "")
        for spelling in dict.fromkeys(spellings)
        if abs(len(spelling) - len(word)) <= max(2, len(word) // 3)
    ]
    expected = dict.fromkeys(
        subject
        for close in likeliest(word, [spelling for spelling, _ in nearby])
        for spelling, subject in nearby
        if spelling.lower() == close.lower()
    )
    assert texts(builder.build().authorizer.spelled_like(word, kind)) == list(expected)[:3]


def test_groups_that_every_server_has_are_known_without_a_binding() -> None:
    authorizer = ClusterBuilder().build().authorizer
    assert texts(authorizer.called("system:authenticated")) == ["Group/system:authenticated"]
    assert texts(authorizer.called("system:serviceaccounts:ci")) == ["Group/system:serviceaccounts:ci"]
    assert authorizer.called("dev") == ()


def test_accounts_that_exist_are_called_by_name_or_with_their_namespace() -> None:
    builder = ClusterBuilder().service_account("ci", "jenkins").service_account("dev", "jenkins")
    builder.service_account("dev", "ci").role("view").bind("view", "User/system:serviceaccount:qa:jenkins")
    authorizer = builder.build().authorizer
    everywhere = ["ServiceAccount/ci:jenkins", "ServiceAccount/dev:jenkins", "ServiceAccount/qa:jenkins"]
    assert texts(authorizer.called("jenkins")) == everywhere
    assert texts(authorizer.called("ci:jenkins")) == ["ServiceAccount/ci:jenkins"]
    assert texts(authorizer.called("qa:jenkins")) == ["ServiceAccount/qa:jenkins"]
    assert texts(authorizer.called("jenkins:jenkins")) == []
    assert texts(authorizer.called("ci")) == ["ServiceAccount/dev:ci"]


def test_names_look_alike_by_the_word_that_people_type_for_them() -> None:
    builder = ClusterBuilder().service_account("build", "runner").role("view")
    builder.bind("view", "User/carol@example.com", "User/oidc:carol", "Group/oidc:writers", "Group/readers")
    builder.bind("view", "User/system:serviceaccount:ops:carl", namespace="x", kind="ClusterRole", name="b")
    authorizer = builder.build().authorizer
    assert texts(authorizer.spelled_like("writer")) == ["Group/oidc:writers"]
    assert texts(authorizer.spelled_like("READERS")) == ["Group/readers"]
    assert texts(authorizer.spelled_like("readers")) == []
    assert texts(authorizer.spelled_like("readers", "Group")) == ["Group/readers"]
    assert texts(authorizer.spelled_like("runer")) == ["ServiceAccount/build:runner"]
    assert texts(authorizer.spelled_like("bild:runner")) == ["ServiceAccount/build:runner"]
    assert texts(authorizer.spelled_like("carll")) == [
        "ServiceAccount/ops:carl",
        "User/carol@example.com",
    ]
    assert texts(authorizer.spelled_like("carll", "ServiceAccount")) == ["ServiceAccount/ops:carl"]


@pytest.mark.parametrize("kind", ["User", "Group"])
@pytest.mark.parametrize("scope", ["", "x"])
def test_the_namespace_that_a_binding_writes_beside_a_user_or_a_group_means_nothing(
    kind: str, scope: str
) -> None:
    (binding,) = ClusterBuilder().bind("view", namespace=scope, kind="ClusterRole").objects
    subjects = [{"kind": kind, "name": "writers", "namespace": "ci"}]
    authorizer = ClusterBuilder().role("view").add({**binding, "subjects": subjects}).build().authorizer
    assert authorizer.spelled_like("writer") == (Subject(kind, "writers"),)


def test_accounts_without_a_name_or_with_a_colon_in_their_namespace_are_the_users_of_these_names() -> None:
    accounts = [
        {"kind": "ServiceAccount", "namespace": "ci"},
        {"kind": "ServiceAccount", "name": "runner", "namespace": "ci:qa"},
    ]
    (binding,) = ClusterBuilder().bind("view").objects
    authorizer = ClusterBuilder().role("view").add({**binding, "subjects": accounts}).build().authorizer
    assert texts(authorizer.spelled_like("system:serviceaccount:ci")) == ["User/system:serviceaccount:ci:"]
    assert authorizer.spelled_like("qa:runer") == (Subject("ServiceAccount", "qa:runner", "ci"),)


def test_at_most_three_names_look_alike() -> None:
    builder = ClusterBuilder().role("view")
    builder.bind("view", *(f"User/sara{letter}" for letter in "abcdef"))
    authorizer = builder.build().authorizer
    assert len(authorizer.spelled_like("sara")) == 3
    assert texts(authorizer.spelled_like("sarag" * 5)) == []


@given(st.text("ab", min_size=1, max_size=12), st.text("ab", min_size=1, max_size=12))
@settings(max_examples=100, deadline=None)
def test_a_name_that_is_far_longer_or_shorter_is_not_alike(name: str, word: str) -> None:
    result = ClusterBuilder().role("view").bind("view", f"User/{name}").build().authorizer.spelled_like(word)
    if abs(len(name) - len(word)) > max(2, len(word) // 3):
        assert result == ()


@pytest.mark.parametrize(
    ("word", "name", "is_alike"),
    [
        ("abcd", "abcdef", True),
        ("abcd", "abcdefg", False),
        ("abcdefg", "abcde", True),
        ("abcdefg", "abcd", False),
        ("abcdefghi", "abcdefghijkl", True),
        ("abcdefghi", "abcdefghijklm", False),
        ("abcdefghijkl", "abcdefgh", True),
        ("abcdefghijkl", "abcdefg", False),
    ],
)
def test_a_name_may_be_longer_or_shorter_by_a_third_and_by_two_letters_at_least(
    word: str, name: str, *, is_alike: bool
) -> None:
    authorizer = ClusterBuilder().role("view").bind("view", f"User/{name}").build().authorizer
    assert texts(authorizer.spelled_like(word)) == ([f"User/{name}"] if is_alike else [])


@pytest.mark.parametrize(
    ("word", "name", "is_alike"),
    [
        ("ab:cdefgh", "cdefghijk", True),
        ("ab:cdefgh", "cdefghijkl", False),
        ("ab:cdefghijkl", "cdefgh", True),
        ("ab:cdefghijkl", "cdefg", False),
    ],
)
def test_the_length_of_an_account_is_that_of_its_namespace_colon_and_name(
    word: str, name: str, *, is_alike: bool
) -> None:
    account = f"ServiceAccount/ab:{name}"
    authorizer = ClusterBuilder().role("view").bind("view", account).build().authorizer
    assert texts(authorizer.spelled_like(word)) == ([account] if is_alike else [])


@pytest.mark.parametrize(
    ("subject", "named"),
    [
        (Subject("User", "nora"), True),
        (Subject("User", "system:serviceaccount:ci:jenkins"), True),
        (Subject("User", "dev"), False),
        (Subject("Group", "dev"), True),
        (Subject("Group", "nora"), False),
        (Subject("ServiceAccount", "jenkins", "ci"), True),
        (Subject("ServiceAccount", "jenkins", "dev"), False),
        (Subject("ServiceAccount", "local", "x"), True),
        (Subject("ServiceAccount", "local", "y"), False),
        (Subject("Group", "local"), False),
    ],
)
def test_subjects_of_bindings_are_listed_by_kind_and_namespace(subject: Subject, *, named: bool) -> None:
    builder = (
        ClusterBuilder().role("view").bind("view", "User/nora", "Group/dev", "ServiceAccount/ci:jenkins")
    )
    here = {"kind": "ServiceAccount", "name": "local"}
    (binding,) = ClusterBuilder().bind("view", namespace="x", kind="ClusterRole").objects
    authorizer = builder.add({**binding, "subjects": [here]}).build().authorizer
    assert authorizer.is_named(subject) == named
    read = msgspec.json.decode(msgspec.json.encode(subject), type=Subject)
    assert authorizer.is_named(read) == named


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (Subject("Group", "system:masters"), True),
        (Subject("Group", "system:nodes"), True),
        (Subject("Group", "system:serviceaccounts:x"), True),
        (Subject("Group", "system:anonymous"), False),
        (Subject("Group", "system:node:n"), False),
        (Subject("User", "system:anonymous"), True),
        (Subject("User", "system:node:n"), True),
        (Subject("User", "system:masters"), False),
        (Subject("ServiceAccount", "system:node:n", "x"), False),
    ],
)
def test_subjects_of_every_server_are_listed_by_kind_and_name(subject: Subject, *, expected: bool) -> None:
    assert is_of_every_server(subject) == expected


def test_a_user_is_named_by_all_that_follows_a_colon() -> None:
    user = User("system:serviceaccount:ci:jenkins", ("dev", "a:b"))
    assert names_of(user) == (
        *("system:serviceaccount:ci:jenkins", "serviceaccount:ci:jenkins", "ci:jenkins", "jenkins"),
        *("dev", "a:b"),
    )


@pytest.mark.parametrize(
    ("name", "account"),
    [
        ("system:serviceaccount:ci:jenkins", ("ci", "jenkins")),
        ("system:serviceaccount:ci:", None),
        ("system:serviceaccount:ci", None),
        ("system:serviceaccount::jenkins", None),
        ("system:serviceaccount:", None),
        ("serviceaccount:ci:jenkins", None),
    ],
)
def test_a_user_name_is_that_of_an_account_with_a_namespace_and_a_name(
    name: str, account: tuple[str, str] | None
) -> None:
    assert split_user(name) == account
