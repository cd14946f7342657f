"""The parameters of tools, with the descriptions that an assistant reads."""

from typing import Annotated

from pydantic import Field

Verb = Annotated[str, Field(description="A verb of the API, such as get, list, create, use or impersonate.")]
Resource = Annotated[
    str,
    Field(
        description="A resource as kubectl takes it (pods, deploy, roles.rbac.authorization.k8s.io), with "
        "/NAME for one object, or a URL that begins with a slash."
    ),
]
Subresource = Annotated[str, Field(description="The subresource, such as log or exec.")]
Namespace = Annotated[str, Field(description="The namespace; if empty, the namespace default.")]
AllNamespaces = Annotated[bool, Field(description="Ask about every namespace instead of one.")]
User = Annotated[
    str,
    Field(
        description="The user as the server names it: alice, or system:serviceaccount:NAMESPACE:NAME for a "
        "service account."
    ),
]
Groups = Annotated[
    list[str], Field(description="Groups of the user, in addition to those that the server adds.")
]
Subject = Annotated[
    str,
    Field(description="User/NAME, Group/NAME or ServiceAccount/NAMESPACE:NAME."),
]
Limit = Annotated[int, Field(description="How many entries of each list to return.", ge=1, le=1_000)]
Manifest = Annotated[str, Field(description="Objects as YAML or JSON text, one or more documents.")]

DEFAULT_LIMIT = 50
