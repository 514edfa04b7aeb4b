"""Closed months as Parquet by frame, month and province: a copy for reports over long periods (decision 18)."""
