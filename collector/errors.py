"""What the observer's API refuses, as a word for the page and a sentence for the person."""


class Refused(Exception):
    """A request that cannot be served. `code` is stable, `status` is the HTTP status that edges answer with."""

    def __init__(self, code: str, message: str, status: int = 409, **details: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.details = details
