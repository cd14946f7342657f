"""Messages about unknown kinds and unauthenticated requests.

Sources: apimachinery/pkg/api/meta/errors.go NoKindMatchError,
apiserver/pkg/endpoints/filters/authentication.go,
kubectl/pkg/cmd/util/helpers.go (1.24 and 1.37).
"""

import re
from functools import partial

from rbacpsp.admission.refusals.explanations import KnownMessage, find_all
from rbacpsp.admission.refusals.form import Form, pattern

_LEVELS = "Pod Security levels replace it, which are labels of namespaces: rbacpsp psa suggest"
_REMOVED = (
    (
        "remove the policy and the roles that use it, for example from the chart's templates (most "
        "charts have a value such as podSecurityPolicy.enabled, rbac.pspEnabled or "
        "global.podSecurityPolicy)"
    ),
    (
        "a Helm release that still has it cannot be upgraded or removed: remove it from the stored "
        "release with helm mapkubeapis RELEASE, then upgrade"
    ),
    _LEVELS,
)

KNOWN_MESSAGES = (
    KnownMessage(
        "policy-not-served",
        "the API server, which does not have the API",
        pattern(
            r"(?:resource mapping not found for name: (?P<name>@)(?: namespace: @)?(?: from @)?: )?"
            r"no matches for kind (?P<kind>\"PodSecurityPolicy\"|PodSecurityPolicy) in version (?P<version>@)"
        ),
        "PodSecurityPolicy {name} of {version} was sent to a server that does not serve it: the API "
        "was removed in 1.25 (extensions/v1beta1 already in 1.16)",
        _REMOVED,
    ),
    KnownMessage(
        "policy-type-unknown",
        "the API server, which does not have the API",
        pattern(
            r"the server doesn't have a resource type (?P<type>\"(?:psp|podsecuritypolic(?:y|ies))\")"
            r"|podsecuritypolicies\.policy(?: @)? (?:not found|is forbidden: the server could not find)"
        ),
        "the server has no PodSecurityPolicy: the API was removed in 1.25",
        (_LEVELS,),
    ),
    KnownMessage(
        "kind-not-served",
        "the API server, which does not have the API",
        pattern(
            r"(?:resource mapping not found for name: (?P<name>@)(?: namespace: @)?(?: from @)?: )?"
            r"no matches for kind (?P<kind>@) in version (?P<version>@)"
        ),
        "the server does not serve {kind} in version {version}: it is a version that was removed, or a "
        "custom "
        "resource whose definition is not installed",
        (
            (
                "kubectl api-resources lists what is served: correct the apiVersion, or install the "
                "CustomResourceDefinition first"
            ),
        ),
    ),
    KnownMessage(
        "unauthorized",
        "the authentication of the API server",
        pattern(
            r"(?:error: )?[Yy]ou must be logged in to the server(?: \((?P<why>[^)\n]*)\))?"
            r"|the server has asked for the client to provide credentials"
            r"|Error from server \(Unauthorized\)|\b401 Unauthorized|reason[\":= ]+Unauthorized"
            r"|(?:^|: )Unauthorized(?=[ \t]*$)",
            re.MULTILINE,
        ),
        "the server does not know the user: the credentials are missing, wrong or expired (401, not 403)",
        (
            (
                "no role can fix it: log in again, renew the token or the certificate, or check "
                "whether the kubeconfig's context is the right one (rbacpsp whoami)"
            ),
            "in a pod: the program uses an expired token, or the account was deleted and created again",
        ),
    ),
)


FORM = Form(
    name="an API that the server does not serve, or a user that it does not know",
    example='no matches for kind "PodSecurityPolicy" in version "policy/v1beta1"',
    find=partial(find_all, KNOWN_MESSAGES),
    hints=("no matches for kind", "resource mapping not found", "Unauthorized"),
)
