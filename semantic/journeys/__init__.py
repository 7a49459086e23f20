"""Journeys: what is asked instead of metrics. Each kind has a file of its own, from names to definitions."""
