"""The back office of payroll: the month-end page, and everything that pay is made of, to look at."""

from payroll.admin import inputs, people, runs

__all__ = ["inputs", "people", "runs"]
