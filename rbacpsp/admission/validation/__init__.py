"""The API server's validation of loaded objects and of submitted objects.

`loaded_objects` checks roles, bindings, policies, labels and the security of pods. `objects` is the complete
validation, with a module for each kind of object.
"""

from rbacpsp.admission.validation.loaded_objects import refusal_check, sent_errors

__all__ = ["refusal_check", "sent_errors"]
