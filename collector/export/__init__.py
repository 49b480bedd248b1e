"""Tidy tables of a study's raw tracks: one row a thing, and a dictionary that says what each column is.

Nothing is gathered here: `files` needs Arrow, and web processes must be able to import `dictionary` without it.
"""
