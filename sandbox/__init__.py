"""The other side of each channel, for `lanshou channels try`, mutation tests and benchmarks. Knows nothing of ours."""
