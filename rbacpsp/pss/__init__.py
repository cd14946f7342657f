"""The Pod Security Standards and Pod Security Admission, which succeeded PodSecurityPolicy."""

from rbacpsp.pss.admission import admit
from rbacpsp.pss.config import ConfigError, Configuration, Exemptions, read_config
from rbacpsp.pss.evaluate import Evaluation, Evaluator, Failure, evaluate
from rbacpsp.pss.labels import Policy, policy_to_evaluate
from rbacpsp.pss.levels import LEVELS, Level, LevelVersion
from rbacpsp.pss.request import PSAdmission

__all__ = [
    "LEVELS",
    "ConfigError",
    "Configuration",
    "Evaluation",
    "Evaluator",
    "Exemptions",
    "Failure",
    "Level",
    "LevelVersion",
    "PSAdmission",
    "Policy",
    "admit",
    "evaluate",
    "policy_to_evaluate",
    "read_config",
]
