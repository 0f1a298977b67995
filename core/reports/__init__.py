"""Figures, the printed report and what leaves with it."""
