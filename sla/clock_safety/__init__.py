"""Whether a process may trust its clock (RELIABILITY D9)."""
