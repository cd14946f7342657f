"""The same questions to the analyzer and to the API server, and every answer in which they differ.

`samples` draws the questions, `expect` is what the analyzer says, `ask` what the server says, `run` holds
them against each other. Nothing is stored: access is asked with reviews, pods are created in dry runs.
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
