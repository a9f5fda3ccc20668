"""Metrics: what a month's raw events come to. Pure: tables in, exact tallies out."""
