"""The back office of grading: people, rules, results and promotion requests. Knows nothing of pay."""

from grading.admin import appraisals, company, promotions, results, rules

__all__ = ["appraisals", "company", "promotions", "results", "rules"]
