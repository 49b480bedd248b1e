"""How bodies of calls are read."""

from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from collector import strict_json
from processing.errors import BadInput


class StrictParser(Parser):
    """JSON without the liberties that Python's own reader takes."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body's value; what it raises is answered as 400."""
        value = strict_json.loads(request.body)
        if not isinstance(value, dict):
            raise BadInput("the body of a call is one JSON object")
        return value
