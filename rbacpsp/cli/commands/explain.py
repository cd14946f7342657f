"""`rbacpsp explain`: explain a refusal by the server, for this cluster."""

import re
import sys
from typing import TYPE_CHECKING, Any

import click

from rbacpsp.admission.refusals import PastedRefusal, PastedRefusals, access, policies, read_refusals
from rbacpsp.cli.command import command
from rbacpsp.cli.errors import InputError
from rbacpsp.cli.explain import ExplanationContext, Part, explain_refusal
from rbacpsp.cli.next_step import next_step
from rbacpsp.cli.options import SourceOptions, open_cluster, source_options, user_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.decode.passages import passages
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.cli.assumption_warning import Granting
    from rbacpsp.model import User

JSONObject = dict[str, Any]

_OBJECT = re.compile(r"[a-zA-Z][a-zA-Z.]*/[a-z0-9][-a-z0-9.:]*")
"""An object as kubectl names it: `deployment/web`."""


@command("explain", short_help="Explain a refusal by the server: what it means and what to run next.")
@click.argument("words", nargs=-1, metavar="[MESSAGE]...")
@click.option("-n", "--namespace", metavar="NAME", help="The namespace of the refused object.")
@user_options
@source_options
@output_options
def explain(
    *,
    words: tuple[str, ...],
    namespace: str | None,
    user: "User | None",
    source: SourceOptions,
    output: Output,
) -> None:
    r"""Explain a refusal by the server: what it means for this cluster, and what to run next.

    MESSAGE is any text that shows the refusal: an error, an event, the output of kubectl describe or get
    events, a log, an object in JSON or YAML, or the output of Helm, Flux or Argo. Without MESSAGE, standard
    input is read. Each refusal in the text is explained once, in order of appearance.

    \b
    Examples:
      rbacpsp explain -f sample_clusters/psp-by-example \
          'pods "dm-75b5689b9f-" is forbidden: unable to validate against any pod security policy: []'
      rbacpsp explain -f sample_clusters/rbac-workshop \
          'nodes is forbidden: User "alice" cannot list resource "nodes" in API group "" at the cluster scope'
      kubectl get events -A | rbacpsp explain
    """
    text = " ".join(words) or _stdin(source)
    reading = read_refusals(passages(text))
    if not reading.refusals and len(words) == 1 and _OBJECT.fullmatch(text):
        ask = next_step("admit", text, source=source, options=[("-n", namespace)] if namespace else [])
        raise InputError(
            [f"{text} is an object, not a refusal; to check whether the server would accept it: {ask}"]
        )
    if not reading.refusals:
        raise InputError([_unknown_message(reading)])
    cluster = open_cluster(source)
    rests_on: list[Granting] = []
    items = [
        (
            refusal,
            explain_refusal(
                refusal, ExplanationContext(cluster, user, namespace, source, refusal.about, rests_on)
            ),
        )
        for refusal in reading.refusals
    ]
    first, parts = items[0]
    data: JSONObject = {
        "message": text.strip() if len(items) == 1 else first.message,
        "explanation": _lines(parts),
        "items": [_item(refusal, lines) for refusal, lines in items],
    }
    if any(obj.assumed for obj in rests_on):
        data["assumed"] = True
    output.answer(
        Answer("Explanation", Table(("what", "explanation"), _rows(items)), data),
        empty="",
        cluster=cluster,
        granting=rests_on,
    )


def _stdin(source: SourceOptions) -> str:
    if "-" in (*source.filenames, *source.added):
        raise click.UsageError(
            (
                "standard input can be read only once: give the message as an argument when -f or "
                "--with reads it"
            ),
            click.get_current_context(),
        )
    return sys.stdin.read()


def _rows(items: list[tuple[PastedRefusal, tuple[Part, ...]]]) -> list[Part]:
    """The rows of all refusals; if there are several, the rows of each begin with its message."""
    if len(items) == 1:
        return list(items[0][1])
    rows: list[Part] = []
    for number, (refusal, parts) in enumerate(items, start=1):
        rows += [(f"refusal {number}", refusal.message), *parts]
    return rows


def _lines(parts: tuple[Part, ...]) -> list[JSONObject]:
    return [{"what": what, "text": text} for what, text in parts]


def _item(refusal: PastedRefusal, parts: tuple[Part, ...]) -> JSONObject:
    about = refusal.about
    return {
        "message": refusal.message,
        "object": {"kind": about.kind, "namespace": about.namespace, "name": about.name},
        "cutOff": refusal.cut,
        "explanation": _lines(parts),
    }


def _unknown_message(reading: PastedRefusals) -> str:
    """The error for a text without a known refusal, with the nearest known message if there is one."""
    if reading.nearest:
        form = reading.nearest[0]
        return (
            f"the nearest known message is {form.name}, but a part is missing from the text: {form.example}"
        )
    return (
        "no refusal by the server was found in this text: paste the whole message, such as "
        f"{' or '.join(repr(form.example) for form in (policies.FORM, access.FORM))}"
    )
