"""The parts of odd inputs: valid YAML and JSON that people seldom write."""

import json
from pathlib import Path

_TEXTS: dict[str, list[str]] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))

SCALARS = _TEXTS["scalars"]
"""Texts of one value."""
FLOWS = _TEXTS["flows"]
"""Values in flow style."""
VALUES = [*SCALARS, *FLOWS]
KEYS = _TEXTS["keys"]
"""Texts of a key."""
LINES = _TEXTS["lines"]
"""Whole lines, and a few that are more than one."""
PIECES = _TEXTS["pieces"]
"""What is put into a text anywhere."""
NUMBERS = _TEXTS["numbers"]
"""Raw pieces of JSON text, good and bad."""
