"""What ends the launcher."""


class CannotStart(Exception):  # noqa: N818 - a sentence for the person at the keyboard, not a fault in the code
    """One clear line: what is in the way, and what to do about it."""
