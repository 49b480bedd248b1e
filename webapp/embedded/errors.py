"""What ends the launcher."""


class CannotStart(Exception):
    """One clear line: what is in the way, and what to do about it."""
