"""The fairness report: on whom fines fall, what HQ caused of them, and what did not stand (VIO-3, APPEAL-2)."""
