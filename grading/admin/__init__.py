"""The back office of grading: people, rules, results and promotion requests. Knows nothing of pay."""

from grading.admin import (
    appraisals,
    calibration,
    company,
    metrics,
    promotions,
    quality,
    results,
    rules,
    standards,
    training,
)

__all__ = [
    "appraisals",
    "calibration",
    "company",
    "metrics",
    "promotions",
    "quality",
    "results",
    "rules",
    "standards",
    "training",
]
