"""What happened, as frames of fixed schema: the rows behind every figure of every report."""
