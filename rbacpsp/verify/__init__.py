"""Asks the analyzer and the API server the same questions, and reports every difference.

`samples` draws the questions, `expect` computes the analyzer's answers, `ask` requests those of the server,
and `run` compares them. Nothing is stored: access is asked with reviews, pods are created in dry runs.
"""

from rbacpsp.verify.ask import Asker, VerifyError
from rbacpsp.verify.questions import AccessQuestion, PodQuestion, Question, RulesQuestion, read_questions
from rbacpsp.verify.run import Disagreement, Report, verify
from rbacpsp.verify.samples import sample

__all__ = [
    "AccessQuestion",
    "Asker",
    "Disagreement",
    "PodQuestion",
    "Question",
    "Report",
    "RulesQuestion",
    "VerifyError",
    "read_questions",
    "sample",
    "verify",
]
