"""Appeals as people see them: lists, what is told of them (APPEAL-1..3)."""
