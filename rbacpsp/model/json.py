"""The type of a JSON object."""

from typing import Any

JSONObject = dict[str, Any]
"""Plain values as `json.loads` makes them."""
