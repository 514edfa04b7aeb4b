"""Measurements, run side by side with named peers: `make bench` writes docs/benchmarks.md."""
