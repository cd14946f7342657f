"""Shows texts of an input so that a terminal interprets none of their characters."""

LONGEST = 120
"""Characters of a text that a message shows."""


def shown(text: str, longest: int = LONGEST) -> str:
    """A text from an input as it may be printed: characters that a terminal interprets are escaped.

    A long text is shortened in its middle. Names from a cluster are untrusted until this escapes them.
    """
    if len(text) > longest:
        text = f"{text[: longest // 2]}...{text[-longest // 4 :]}"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
