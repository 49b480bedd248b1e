"""The one error that people see: input that cannot be used, said in one line."""


class BadInput(ValueError):
    """Input that cannot be used.

    The message is a single line for a person: what is wrong and what to do about it. Command lines print it
    and exit with status 2; the site stores it as a reason.
    """
