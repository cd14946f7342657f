"""CEL evaluated by Google's own C++ runtime (`cel-expr-python`), with Kubernetes' variables and authorizer.

The runtime lacks `variables`, the authorizer, and a few functions of lists, which this module adds. A
variable whose value is a string, number or boolean is evaluated once, when it is first used; the expression
of any other replaces its name.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from functools import cache, partial
from typing import Any

from rbacpsp.model.json import JSONObject

EXTRA = "migrate"
"""The extra of this package that installs the runtime."""

_STRINGS = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|variables\.(\w+)(\.indexOf\()?""")
_CHAIN = re.compile(
    r"authorizer(?:\.serviceAccount\((?P<home>[^(),']+), (?P<account>[^(),']+)\))?"
    r"\.group\((?P<group>'[^'\\]*')\)\.resource\((?P<resource>'[^'\\]*')\)\.name\((?P<name>'[^'\\]*')\)"
    r"\.namespace\((?P<namespace>[^(),']+)\)\.check\((?P<verb>'[^'\\]*')\)\.allowed\(\)"
)
"""A complete call chain of the authorizer, which is replaced by one call; other chains run step by step."""
_ASKED = ("home", "account", "group", "resource", "name", "namespace", "verb")
_SCALARS = frozenset({"BOOL", "INT", "STRING", "DOUBLE", "UINT"})
_SUBMITTED = "submitted"
_VARIABLES = ("object", "oldObject", "request", "namespaceObject", _SUBMITTED)
_OBJECT = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|(?<![.\w])object\b""")
_PATCH = "JSONPatch"

Allowed = Callable[[str, str, JSONObject], bool]
"""Whether an account (its namespace and name; empty for the requester) may do something."""


class EvaluationError(Exception):
    """An expression ended in an error, for which a server refuses the request, or cannot be compiled here."""


class MissingRuntimeError(Exception):
    """The CEL runtime is not installed."""


class Expressions:
    """The variables of one admission policy, and expressions over them."""

    def __init__(self, variables: Sequence[tuple[str, str]], allowed: Allowed, *, once: bool = False) -> None:
        """Compile the variables.

        Args:
            variables: The names and expressions.
            allowed: Answers for the authorizer.
            once: Variables keep their values while mutations change the object, as in Kyverno.

        Raises:
            MissingRuntimeError: The CEL runtime is not installed.
            EvaluationError: A variable cannot be read here, or two have one name.
        """
        self._allowed = allowed
        self._data: JSONObject = {}
        self._activation: Any = None
        self._values: dict[str, Any] = {}
        self._inlined: dict[str, str] = {}
        self._compiled: dict[str, Any] = {}
        for name, count in Counter(name for name, _ in variables).items():
            if count > 1:
                raise EvaluationError(f"the variable {name} is declared {count} times")
        self._environment = self._made(name for name, _ in variables)
        self._once = once
        for name, written in variables:
            text = _OBJECT.sub(_of_submitted, written) if once else written
            compiled = self.compile(text)
            if compiled.return_type().name() in _SCALARS:
                self._compiled[name] = compiled
            else:
                self._inlined[name] = f"({self._rewritten(text)})"

    def _made(self, names: Iterable[str]) -> Any:
        """An environment in which each variable is a function without arguments."""
        cel, extensions, pool = _runtime()
        variable_types = dict.fromkeys(_VARIABLES, cel.Type.DYN)
        variable_types["authorizer"] = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
        variable_functions = [
            cel.FunctionDecl(
                f"v_{name}",
                [
                    cel.Overload(
                        id=f"v_{name}",
                        return_type=cel.Type.DYN,
                        parameters=[],
                        impl=partial(self._value, name),
                    )
                ],
            )
            for name in names
        ]
        return cel.NewEnv(
            descriptor_pool=pool,
            variables=variable_types,
            extensions=extensions,
            functions=[*_functions(self), *variable_functions],
        )

    def _value(self, name: str) -> Any:
        if name not in self._values:
            self._values[name] = self.evaluate(self._compiled[name])
        return self._values[name]

    def _rewritten(self, text: str) -> str:
        def replaced(match: re.Match[str]) -> str:
            name, index = match.groups()
            if name is None:
                return match.group()
            reference = self._inlined.get(name, f"v_{name}()")
            return f"index_of({reference}, " if index else reference

        return _STRINGS.sub(replaced, _CHAIN.sub(_one_call, text))

    def compile(self, text: str) -> Any:
        """Read an expression.

        Raises:
            EvaluationError: It cannot be read here.
        """
        try:
            return self._environment.compile(self._rewritten(text))
        except RuntimeError as error:
            raise EvaluationError(" ".join(str(error).split("\n")[0].split())) from None

    def ask(self, **data: Any) -> None:
        """Begin a request: `object`, `oldObject`, `request` and `namespaceObject`."""
        submitted = deepcopy(data["object"]) if self._once else None
        self._data = {
            **dict.fromkeys(_VARIABLES),
            _SUBMITTED: submitted,
            **data,
            "authorizer": {"who": ""},
        }
        self._activation = self._environment.Activation(self._data)
        self._values = {}

    def go_on(self) -> None:
        """Continue with the object as the last mutation changed it."""
        self._activation = self._environment.Activation(self._data)
        if not self._once:
            self._values = {}

    def evaluate(self, compiled: Any) -> Any:
        """The value of an expression for the request, as plain Python values.

        Raises:
            EvaluationError: It ended in an error.
        """
        try:
            result = compiled.eval(self._activation)
        except RuntimeError as error:
            raise EvaluationError(str(error)) from None
        if result.type().name() == "ERROR":
            raise EvaluationError(str(result.plain_value()))
        return result.plain_value()

    def allowed(self, attributes: JSONObject) -> bool:
        """The authorizer's answer for the attributes that a call chain has collected."""
        return self._allowed(str(attributes.get("home", "")), str(attributes.get("account", "")), attributes)


def _of_submitted(token: re.Match[str]) -> str:
    return _SUBMITTED if token.group() == "object" else token.group()


def _one_call(chain: re.Match[str]) -> str:
    return f"asks({', '.join(chain[part] or repr('') for part in _ASKED)})"


@cache
def _runtime() -> tuple[Any, list[Any], Any]:
    """The runtime, its extensions, and the types that expressions may make.

    Raises:
        MissingRuntimeError: It is not installed.
    """
    try:
        from cel_expr_python import cel
        from cel_expr_python.ext import ext_bindings, ext_optional, ext_strings
        from google.protobuf import descriptor_pb2, descriptor_pool, struct_pb2
    except ImportError:
        raise MissingRuntimeError(
            f"evaluating CEL needs the package cel-expr-python: install rbacpsp[{EXTRA}]"
        ) from None
    struct = descriptor_pb2.FileDescriptorProto()
    struct_pb2.DESCRIPTOR.CopyToProto(struct)
    file = descriptor_pb2.FileDescriptorProto(
        name="jsonpatch.proto", syntax="proto3", dependency=[struct.name]
    )
    message = file.message_type.add(name=_PATCH)
    for number, name in enumerate(("op", "path", "from", "value"), 1):
        field = message.field.add(name=name, number=number, label=1, type=9)
        if name == "value":
            field.type = 11
            field.type_name = ".google.protobuf.Value"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(struct)
    pool.Add(file)
    extensions = [ext_bindings.ExtBindings(), ext_optional.ExtOptional(), ext_strings.ExtStrings()]
    return cel, extensions, pool


def patches(messages: list[Any]) -> list[JSONObject]:
    """The JSONPatch messages that an expression gave, as plain operations."""
    from google.protobuf.json_format import MessageToDict

    return [_with_integers(MessageToDict(message)) for message in messages]


def _with_integers(operation: JSONObject) -> JSONObject:
    """An operation in which integers that protobuf stores as floats are integers again."""
    return {key: _number(value) for key, value in operation.items()}


def _number(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _number(inner) for key, inner in value.items()}
    return [_number(inner) for inner in value] if isinstance(value, list) else value


def _functions(expressions: Expressions) -> list[Any]:
    """The functions of Kubernetes' CEL that the runtime lacks."""
    cel, _, _ = _runtime()
    kind = cel.Type
    check_type, string, list_type = kind.Map(kind.STRING, kind.DYN), kind.STRING, kind.List(kind.DYN)

    def made(
        name: str, parameters: list[Any], gives: Any, impl: Callable[..., Any], *, member: bool = True
    ) -> Any:
        overload = cel.Overload(
            id=f"k8s_{name}", return_type=gives, parameters=parameters, is_member=member, impl=impl
        )
        return cel.FunctionDecl(name, [overload])

    steps = ("group", "resource", "subresource", "name", "namespace")
    return [
        *(
            made(
                step,
                [check_type, string],
                check_type,
                lambda so_far, value, step=step: {**so_far, step: value},
            )
            for step in steps
        ),
        made("check", [check_type, string], check_type, lambda so_far, verb: {**so_far, "verb": verb}),
        made(
            "serviceAccount",
            [check_type, string, string],
            check_type,
            lambda _, home, account: {"home": home, "account": account},
        ),
        made("allowed", [check_type], kind.BOOL, expressions.allowed),
        made(
            "asks",
            [string] * len(_ASKED),
            kind.BOOL,
            lambda *parts: expressions.allowed(dict(zip(_ASKED, parts, strict=True))),
            member=False,
        ),
        made("distinct", [list_type], list_type, lambda values: list(dict.fromkeys(values))),
        made("sort", [list_type], list_type, sorted),
        made("index_of", [list_type, string], kind.INT, lambda values, one: values.index(one), member=False),
    ]
