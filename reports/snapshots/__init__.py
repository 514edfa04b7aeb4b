"""Frozen reports: a period's figures and the rows behind them, which no later change touches (decision 18)."""
