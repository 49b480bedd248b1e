"""How the API says no: one shape, a word for the page and a sentence for the person."""

import logging

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import ConfigDict

from collector.errors import Refused
from collector.tokens import TokenRefused
from processing.errors import BadInput

log = logging.getLogger(__name__)
BACK_IN_S = 5  # a database that was killed is back in a few seconds


class Refusal(Schema):
    """Why a call was not served. Some refusals carry more, such as the trials that are waited for."""

    model_config = ConfigDict(extra="allow")

    code: str
    message: str


REFUSALS = {frozenset({400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 503}): Refusal}
"""For the `response` of every call."""


@csrf_exempt  # nothing is changed, and the answer is for programs
def unknown_call(request: HttpRequest, call: str) -> JsonResponse:
    """A view for every address under the API that no call has."""
    return JsonResponse({"code": "call_unknown", "message": f"There is no call {call}."}, status=404)


def answer_refusals(api: NinjaAPI) -> None:
    """Let the API answer everything that services and tokens refuse."""

    def answer(request: HttpRequest, status: int, code: str, message: str, **details: object) -> HttpResponse:
        response = api.create_response(request, {"code": code, "message": message, **details}, status=status)
        if "retry_after_s" in details:
            response.headers["Retry-After"] = str(details["retry_after_s"])
        return response

    @api.exception_handler(Refused)
    def refused(request: HttpRequest, error: Refused) -> HttpResponse:
        return answer(request, error.status, error.code, error.message, **error.details)

    @api.exception_handler(TokenRefused)
    def token_refused(request: HttpRequest, error: TokenRefused) -> HttpResponse:
        return answer(request, 410 if error.code == "gone" else 401, error.code, str(error))

    @api.exception_handler(AuthenticationError)
    def no_token(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return answer(request, 401, "token_missing", "This call needs a token, and none came with it.")

    @api.exception_handler(OperationalError)
    @api.exception_handler(InterfaceError)
    def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
        log.error("the database did not take a call: %s", error)
        message = "Our database does not answer at the moment. Nothing was stored by this call; please try it again."
        return answer(request, 503, "unavailable", message, retry_after_s=BACK_IN_S)

    @api.exception_handler(BadInput)
    def bad_input(request: HttpRequest, error: BadInput) -> HttpResponse:
        return answer(request, 422, "bad_input", str(error))

    @api.exception_handler(HttpError)
    def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
        message = str(error.__cause__ or error)  # the parser's own words, where it was the parser
        return answer(request, error.status_code, "bad_input", message)

    @api.exception_handler(ValidationError)
    def bad_fields(request: HttpRequest, error: ValidationError) -> HttpResponse:
        first = error.errors[0]
        where = ".".join(str(part) for part in first["loc"] if part not in ("body", "payload"))
        return answer(request, 422, "bad_input", f"{where or 'body'}: {first['msg']}")
