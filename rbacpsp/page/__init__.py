"""The explorer: one offline HTML file in which a cluster's access is looked at, asked about and printed.

`facts` says what is shown, `data` writes it as the tables that the page reads, `html` puts the file together.
The page itself is TypeScript under `ui/`; what it builds to stands in `built/`, so that nobody needs Node.
"""

from rbacpsp.page.explorer import Explorer
from rbacpsp.page.facts import Facts, Origin

__all__ = ["Explorer", "Facts", "Origin"]
