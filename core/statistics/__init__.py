"""Experiment statistics: pure functions of sufficient statistics."""
