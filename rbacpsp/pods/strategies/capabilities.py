"""Which Linux capabilities containers may add, and which they must drop.

`defaultAddCapabilities` and `requiredDropCapabilities` are filled in, except for defaults that the container
drops. A container may add what `defaultAddCapabilities` and `allowedCapabilities` list. A `*` in the latter
allows everything, and then drops are not required either. Names are compared exactly.

Source: pkg/security/podsecuritypolicy/capabilities/capabilities.go, 1.24.
"""

from msgspec import Struct

from rbacpsp.model.field_error import FieldError, go_strings, invalid
from rbacpsp.model.pod import Capabilities

_ANY = "*"


class CapabilitiesStrategy(Struct, frozen=True):
    """A policy's rules about capabilities."""

    default_add: tuple[str, ...] = ()
    required_drop: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()

    def generate(self, capabilities: Capabilities | None) -> Capabilities | None:
        """A container's capabilities with those of the policy added, each list sorted and distinct.

        The same object is returned when nothing is to be added to either list.
        """
        if not (self.default_add or self.required_drop):
            return capabilities
        added = set(capabilities.add) if capabilities is not None else set()
        dropped = set(capabilities.drop) if capabilities is not None else set()
        add = (set(self.default_add) - dropped) | added
        drop = dropped.union(self.required_drop)
        if len(add) == len(added) and len(drop) == len(dropped):
            return capabilities
        return Capabilities(tuple(sorted(add)), tuple(sorted(drop)))

    def validate(self, path: str, capabilities: Capabilities | None) -> list[FieldError]:
        """The errors of a container's capabilities; `path` is the field capabilities."""
        if capabilities is None:
            if not (self.default_add or self.required_drop):
                return []
            return [invalid(path, None, "required capabilities are not set on the securityContext")]
        if _ANY in self.allowed:
            return []
        errors = [
            invalid(f"{path}.add", name, "capability may not be added")
            for name in capabilities.add
            if name not in self.default_add and name not in self.allowed
        ]
        errors.extend(
            invalid(
                f"{path}.drop",
                go_strings("core.Capability", capabilities.drop),
                f"{name} is required to be dropped but was not found",
            )
            for name in self.required_drop
            if name not in capabilities.drop
        )
        return errors
