"""The API server's validation: of what is loaded as sent, and of an object that is submitted.

`sent` checks what is loaded: roles, bindings, policies, labels and the security of pods. `objects` is the
whole validation, with a module for each kind of object.
"""

from rbacpsp.admission.validation.loaded_objects import refusal_check, sent_errors

__all__ = ["refusal_check", "sent_errors"]
