"""Clocks, verdicts, suspicions."""
