"""The tools for an AI assistant that `rbacpsp mcp` serves, one file per tool."""
