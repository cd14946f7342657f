"""Reviews in and out: what the API server answers to each, in the order in which it asks its plugins."""

from rbacpsp.admission.admission_review import PLUGINS
from rbacpsp.admission.reviews import ReviewError, answer_review

__all__ = ["PLUGINS", "ReviewError", "answer_review"]
