"""Figures: what was measured over a span of time (docs/measures.md), and the digests that tell of it."""
