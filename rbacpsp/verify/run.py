"""Compares the analyzer's answers with the server's."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from rbacpsp.cluster import Cluster
from rbacpsp.model import User
from rbacpsp.pods.runtime_class import is_of_runtime_class
from rbacpsp.psp.versions import REMOVED
from rbacpsp.sources.refusals import RefusedError
from rbacpsp.sources.workers import Workers
from rbacpsp.verify.ask import Asker, ServerAnswer, VerifyError, from_rbac, same_words
from rbacpsp.verify.expect import ExpectedAnswer, decided_fields, expect_access, expect_pod, rules_difference
from rbacpsp.verify.questions import AccessQuestion, PodQuestion, Question, RulesQuestion

_AT_ONCE = 8
_SETTLE_SECONDS = 1.0
"""The time until a server has seen a change that was stored."""
_OTHER_AUTHORIZER = "the request is answered by another authorizer than RBAC"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A question to which the two answers differ."""

    question: str
    ours: str
    """The analyzer's answer, with its reason."""
    theirs: str
    """The server's answer, with its reason."""


@dataclass(frozen=True, slots=True)
class Report:
    """The compared questions, and the disagreements; true when there are none."""

    requests: int
    """How many requests were compared."""
    rules: int
    """How many lists of rules were compared."""
    pods: int
    """How many pods were compared."""
    runtime_classes: int
    """How many pods the server refused because of a RuntimeClass, which is not read."""
    disagreements: tuple[Disagreement, ...]
    """In the order of the questions; each was confirmed after the cluster was read again."""
    passed_over: tuple[tuple[str, str], ...]
    """Questions that could not be compared, each with the reason."""
    notes: tuple[str, ...]
    """Notes on how the server was asked."""

    def __bool__(self) -> bool:
        return not self.disagreements

    @property
    def is_about_something(self) -> bool:
        """Whether anything was compared."""
        return bool(self.requests or self.rules or self.pods)


class _PassedOverError(Exception):
    """A question cannot be compared; the text is the reason."""


class _RuntimeClassError(_PassedOverError):
    """The RuntimeClass plugin refused a pod."""


@dataclass(frozen=True, slots=True)
class _LoginAccess:
    """The queries that this login may make."""

    me: User
    others: bool
    """Whether it may ask about the access of others."""
    impersonating: bool
    policies: bool
    """Whether PodSecurityPolicy is enforced."""


def verify(
    asker: Asker,
    read: Callable[[], Cluster],
    draw: Callable[[Cluster], Iterable[Question]],
    me: User,
) -> Report:
    """Ask both, and report every disagreement that remains after the cluster is read again.

    Args:
        asker: Asks the server.
        read: Reads the cluster.
        draw: The questions about it.
        me: The user of the login.

    Raises:
        VerifyError: The server ignores dryRun, or the login may ask nothing.
        ConnectError: No answer.
    """
    cluster = read()
    questions = list(draw(cluster))
    login_access, notes = _login_access(asker, cluster, questions, me)
    executor = Workers(_AT_ONCE)
    try:
        results = list(
            executor.map(
                lambda asked_question: _compare(asker, cluster, asked_question, login_access), questions
            )
        )
        doubtful = [index for index, result in enumerate(results) if isinstance(result, Disagreement)]
        if doubtful:
            time.sleep(_SETTLE_SECONDS)
            reread_cluster = read()
            for index in doubtful:
                results[index] = _compare(asker, reread_cluster, questions[index], login_access)
    finally:
        executor.shutdown(cancel_futures=True)
    compared = [
        question
        for question, result in zip(questions, results, strict=True)
        if not isinstance(result, _PassedOverError)
    ]
    return Report(
        requests=sum(isinstance(question, AccessQuestion) for question in compared),
        rules=sum(isinstance(question, RulesQuestion) for question in compared),
        pods=sum(isinstance(question, PodQuestion) for question in compared),
        runtime_classes=sum(isinstance(result, _RuntimeClassError) for result in results),
        disagreements=tuple(result for result in results if isinstance(result, Disagreement)),
        passed_over=tuple(
            (question.title, str(result))
            for question, result in zip(questions, results, strict=True)
            if isinstance(result, _PassedOverError)
        ),
        notes=tuple(notes),
    )


def _login_access(
    asker: Asker, cluster: Cluster, questions: Sequence[Question], me: User
) -> tuple[_LoginAccess, list[str]]:
    notes = []
    others = asker.may_ask_about_others
    if not others and any(isinstance(question, AccessQuestion) for question in questions):
        notes.append(f"{me.name} may not ask about other users: every request is asked for {me.name}")
    pods = [question for question in questions if isinstance(question, PodQuestion)]
    impersonating = policies = False
    if any(not isinstance(question, AccessQuestion) for question in questions):
        impersonating = asker.may_impersonate
    if pods:
        asker.require_dry_run()
        policies = _policies(asker, cluster, pods, notes)
        if not impersonating:
            notes.append(f"{me.name} may not impersonate other users: every pod is submitted by {me.name}")
    return _LoginAccess(me, others, impersonating, policies), notes


def _policies(asker: Asker, cluster: Cluster, pods: Sequence[PodQuestion], notes: list[str]) -> bool:
    """Whether PodSecurityPolicy is enforced, as a dry run shows, or else the existing pods."""
    is_enforced = None
    for namespace in dict.fromkeys(pod.namespace for pod in pods):
        accounts = {
            name
            for account_namespace, name in cluster.objects.service_accounts
            if account_namespace == namespace
        }
        account = "default" if "default" in accounts else min(accounts, default="default")
        is_enforced = asker.stores_nothing(namespace, account)
        if is_enforced is not None:
            break
    version = cluster.objects.kubernetes_version
    if version is not None and version >= REMOVED:
        return False
    if is_enforced is None:
        enforcement = cluster.psp_enforcement
        is_enforced = (
            bool(enforcement.enforced) if enforcement.enforced is not None else bool(cluster.objects.policies)
        )
        notes.append(enforcement.reason)
    else:
        notes.append(
            f"PodSecurityPolicy is {'' if is_enforced else 'not '}enforced here, according to a dry run"
        )
    return is_enforced


def _compare(
    asker: Asker, cluster: Cluster, question: Question, login_access: _LoginAccess
) -> Disagreement | _PassedOverError | None:
    try:
        if isinstance(question, AccessQuestion):
            return _compare_access(asker, cluster, question, login_access)
        if isinstance(question, RulesQuestion):
            return _compare_rules(asker, cluster, question, login_access)
        return _compare_pod(asker, cluster, question, login_access)
    except _PassedOverError as passed:
        return passed
    except RefusedError as refused:
        return _PassedOverError(f"the server gives no answer: {refused}")
    except ValueError as error:
        return _PassedOverError(f"not well-formed: {error}")


def _compare_access(
    asker: Asker, cluster: Cluster, question: AccessQuestion, login_access: _LoginAccess
) -> Disagreement | None:
    if login_access.others:
        answer = asker.access(question)
    else:
        question = replace(question, user=login_access.me)
        answer = asker.own_access(question.request)
    expected = expect_access(cluster, question)
    by_rbac = from_rbac(answer.words)
    agreed = answer.allowed == expected.allowed and (
        not by_rbac or any(same_words(answer.words, words) for words in (expected.words, *expected.also))
    )
    if agreed:
        return None
    server_verdict = _verdict_words(answer.allowed, answer.words)
    return Disagreement(
        question.title,
        _verdict_words(expected.allowed, expected.words),
        server_verdict if by_rbac else f"{server_verdict} ({_OTHER_AUTHORIZER})",
    )


def _compare_rules(
    asker: Asker, cluster: Cluster, question: RulesQuestion, login_access: _LoginAccess
) -> Disagreement | None:
    """Compare the rules that the server lists for a user with the expected ones, in any order."""
    user = question.user if login_access.impersonating and question.user else login_access.me
    server_rules = asker.rules(question.namespace, user if login_access.impersonating else None)
    missing, more = rules_difference(cluster.rules_for(user, question.namespace), server_rules)
    if not missing and not more:
        return None
    title = replace(question, user=user).title
    return Disagreement(title, _listed("also lists", more), _listed("also lists", missing))


def _listed(words: str, texts: Sequence[str]) -> str:
    """The rules that only one of the two lists."""
    return f"{words}: {'; '.join(texts)}" if texts else "lists nothing else"


def _compare_pod(
    asker: Asker, cluster: Cluster, question: PodQuestion, login_access: _LoginAccess
) -> Disagreement | None:
    user = question.user if login_access.impersonating and question.user else login_access.me
    answer = asker.pod(replace(question, user=user if login_access.impersonating else None))
    expected = expect_pod(cluster, question, user, policies=login_access.policies)
    title = replace(question, user=user).title
    if answer.invalid and not expected.early and not expected.invalid:
        raise _PassedOverError(f"the API itself refuses the object: {answer.words}")
    if not answer.allowed and is_of_runtime_class(answer.words) and answer.words != expected.words:
        raise _RuntimeClassError(f"its RuntimeClass, which is not read, refuses it: {answer.words}")
    if answer.allowed != expected.allowed or not _same_refusal(expected, answer):
        return Disagreement(
            title,
            _verdict_words(expected.allowed, expected.words),
            _verdict_words(answer.allowed, answer.words),
        )
    expected_fields, server_fields = (decided_fields(expected.pod or {}), decided_fields(answer.pod or {}))
    missing = [text for text in expected.warnings if text not in answer.warnings]
    differing = sorted(
        key
        for key in expected_fields.keys() | server_fields.keys()
        if expected_fields.get(key) != server_fields.get(key)
    )
    if expected.allowed and (missing or differing):
        return Disagreement(
            title,
            "; ".join(
                [
                    *(f"{key} = {expected_fields.get(key)}" for key in differing),
                    *(f"warns: {w}" for w in missing),
                ]
            ),
            "; ".join(
                [
                    *(f"{key} = {server_fields.get(key)}" for key in differing),
                    *(f"warns: {w}" for w in answer.warnings),
                ]
            ),
        )
    return None


def _same_refusal(expected: ExpectedAnswer, answer: ServerAnswer) -> bool:
    return expected.allowed or expected.means(answer.words)


def _verdict_words(allowed: bool, words: str) -> str:
    verdict = "allowed" if allowed else "refused"
    return f"{verdict}: {words}" if words else verdict


__all__ = ["Disagreement", "Report", "VerifyError", "verify"]
