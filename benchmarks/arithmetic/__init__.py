"""Tracks, maps, building and scoring, each beside the fastest thing that does the same or less."""
