"""Writes one authored report in every medium and layout, with the truth beside it."""
