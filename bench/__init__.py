"""Benchmarks: `make bench` prints one table from one run. Goals and figures stand in docs/performance.md."""
