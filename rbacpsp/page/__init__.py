"""The explorer: one offline HTML file for browsing, querying and printing a cluster's access.

`facts` collects the decisions, `data` writes them as the tables that the page reads, `html` assembles the
file. The page itself is TypeScript under `ui/`; its build is committed in `built/`, so users do not need
Node.
"""

from rbacpsp.page.explorer import Explorer
from rbacpsp.page.facts import Facts, Origin

__all__ = ["Explorer", "Facts", "Origin"]
