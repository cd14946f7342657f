"""Finds keys that appear twice in a JSON object: JSON decoders ignore all but the last."""

import json
import re
from typing import Any

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\]:,]')


def repeated_keys(text: str, first: int = 1) -> tuple[tuple[int, str, int], ...]:
    """The duplicate keys: the line, the key, and the line of the earlier one.

    The text must be JSON; `first` is the line on which it starts.
    """
    if not _repeats(text):
        return ()
    repeated = []
    above: list[dict[str, int] | None] = []
    line, position, key = first, 0, ""
    for token in _TOKEN.finditer(text):
        line += text.count("\n", position, token.start())
        position = token.start()
        match token[0]:
            case "{":
                above.append({})
            case "[":
                above.append(None)
            case "}" | "]":
                above.pop()
            case ":":
                keys = above[-1]
                if keys is not None:
                    if key in keys:
                        repeated.append((line, key, keys[key]))
                    keys[key] = line
            case ",":
                pass
            case quoted:
                key = json.loads(quoted)
    return tuple(repeated)


def _repeats(text: str) -> bool:
    """Whether any object of a JSON text has a duplicate key: a fast test before they are searched for."""
    repeated = False

    def take(pairs: list[tuple[str, Any]]) -> None:
        nonlocal repeated
        repeated = repeated or len({key for key, _ in pairs}) != len(pairs)

    try:
        json.loads(text, object_pairs_hook=take)
    except (ValueError, RecursionError):
        return False
    return repeated
