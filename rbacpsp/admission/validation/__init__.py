"""The API server's validation: of what is loaded as sent, and of an object that is submitted.

`sent` is what loading asks: roles, bindings, policies, labels and the security of pods. `objects` is the
whole validation, each kind of object in a file of its own.
"""

from rbacpsp.admission.validation.sent import refusal_check, sent_errors

__all__ = ["refusal_check", "sent_errors"]
