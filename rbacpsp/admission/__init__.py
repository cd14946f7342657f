"""Answers review objects and submitted objects as the API server and its admission plugins do."""

from rbacpsp.admission.admission_review import PLUGINS
from rbacpsp.admission.reviews import ReviewError, answer_review

__all__ = ["PLUGINS", "ReviewError", "answer_review"]
