"""How a live cluster can fail to answer. Light to import, unlike what raises these."""

import re

_TOKEN = re.compile(r"(?i)\b(?:bearer|basic)\s+\S+|\beyJ[\w-]+(?:\.[\w-]*)*")


class ConnectError(Exception):
    """The API server could not be asked; the message is one line that says what to do."""


class RefusedError(Exception):
    """The server answered with an error: its HTTP status, and the message of its Status object as it came.

    As a string it is that message in one line, fit to be shown.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message

    def __str__(self) -> str:
        return one_line(self.message)


_MOST = 100_000
"""Characters that are looked at: what follows is in no line."""


def one_line(error: object, limit: int = 300) -> str:
    """An error's text in one printable line, without tokens and without anything between braces.

    What is between braces can be a piece of a kubeconfig: the `kubernetes` client prints its values.
    """
    text, opened, rest = str(error).partition("{")
    if opened:
        _, closed, after = rest.rpartition("}")
        text += "{...}" + (after if closed else "")
    text = _TOKEN.sub("<hidden>", text[:_MOST])
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= limit else f"{text[: limit - 3]}..."
