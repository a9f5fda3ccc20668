"""The back office of payroll: the month-end page, and everything that pay is made of, to look at."""

from payroll.admin import billing, inputs, payments, people, runs, statutory

__all__ = ["billing", "inputs", "payments", "people", "runs", "statutory"]
