"""The questions as tools of an assistant, which `rbacpsp mcp` serves: one file a tool."""
