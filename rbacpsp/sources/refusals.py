"""The errors of requests to a live cluster, which are fast to import, unlike the modules that raise them."""

import re

_TOKEN = re.compile(r"(?i)\b(?:bearer|basic)\s+\S+|\beyJ[\w-]+(?:\.[\w-]*)*")


class ConnectError(Exception):
    """The API server could not be read; the message is one line that says what to do."""


class RefusedError(Exception):
    """The server answered with an error: its HTTP status, and the message of its Status object as it came.

    As a string it is that message in one printable line.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message

    def __str__(self) -> str:
        return one_line(self.message)


_MOST = 100_000
"""The most characters of an error that are read."""


def one_line(error: object, limit: int = 300) -> str:
    """An error's text in one printable line, without tokens and without anything between braces.

    Text between braces can be a part of a kubeconfig, whose values the `kubernetes` client prints.
    """
    text, opened, rest = str(error).partition("{")
    if opened:
        _, closed, after = rest.rpartition("}")
        text += "{...}" + (after if closed else "")
    text = _TOKEN.sub("<hidden>", text[:_MOST])
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= limit else f"{text[: limit - 3]}..."
