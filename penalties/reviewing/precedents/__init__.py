"""Decided cases that are like one."""
