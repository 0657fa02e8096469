"""How fast, measured how: see docs/benchmarks.md."""
