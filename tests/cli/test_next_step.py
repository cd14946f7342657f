"""Tests that suggested commands read the same source, and that no name in them becomes an option."""

import shlex

import click
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.cli import main
from rbacpsp.cli.next_step import next_step
from rbacpsp.cli.options import SourceOptions

WORDS = st.text("-a/=; '\"$\n", min_size=1, max_size=8)


def parsed(command: str) -> dict[str, object]:
    """The parsed command line."""
    name, *arguments = shlex.split(command)[1:]
    result = main.get_command(click.Context(main), name)
    assert result is not None
    # A command caches the names of its help option, which must be those of the program here.
    context = click.Context(result, help_option_names=["-h", "--help"])
    options, rest, _ = result.make_parser(context).parse_args(arguments)
    assert rest == []
    return options


@given(WORDS, WORDS, WORDS, WORDS, st.booleans())
def test_a_suggested_command_parses_to_the_intended_arguments(
    subject: str, file: str, context: str, namespace: str, keep_going: bool
) -> None:
    source = SourceOptions((file,), context, keep_going=keep_going)
    options = parsed(next_step("rules", subject, options=[("-n", namespace)], source=source))
    assert options["subject"] == subject
    assert options["filenames"] == [file]
    assert (options["context"], options["namespace"]) == (context, namespace)
    assert ("keep_going" in options) is keep_going


def test_a_name_that_looks_like_an_option_follows_two_dashes() -> None:
    source = SourceOptions(("in.yaml",))
    assert next_step("lookup", "--kubeconfig=/x", source=source) == (
        "rbacpsp lookup -f in.yaml -- --kubeconfig=/x"
    )
    assert next_step("lookup", "ann", source=source) == "rbacpsp lookup ann -f in.yaml"
    assert next_step("rules", "a", options=[("-n", "-x")], source=SourceOptions(("-f",))) == (
        "rbacpsp rules a --namespace=-x --filename=-f"
    )
