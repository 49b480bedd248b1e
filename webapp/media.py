"""Stored files handed out behind signed, expiring addresses.

Who may have a file is decided where its address is made; the address then opens this one file under this one name,
for a while. Bytes come from the object store (presigned redirect), from the proxy (X-Accel-Redirect, where
`CURSAL_ACCEL_PREFIX` names its internal location), or from this process, which answers single ranges so that
players can seek and downloads can go on where they broke off.
"""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import IO, Any

from django.conf import settings
from django.core import signing
from django.core.files.storage import storages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from collector import blobs

SALT = "webapp.media"
BLOCK_BYTES = 256 * 1024
DAY_S = 24 * 3600
# Only these are shown in the page; anything else is saved to disk, so that no stored file runs as a page of ours.
SHOWN_INLINE = ("video/mp4", "image/png", "image/jpeg", "image/webp", "text/plain", "application/json")
ONE_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True)
class StoredFile:
    """A file in one of the storages, and how the reader shall know it."""

    alias: str
    sha256: str
    filename: str
    content_type: str


def signed_url(
    alias: str, sha256: str, filename: str, content_type: str = "video/mp4", expires_s: int = DAY_S
) -> str:
    """Address, relative to the site, that opens one stored file for `expires_s` seconds."""
    claims = asdict(StoredFile(alias, sha256, filename, content_type))
    token = signing.TimestampSigner(salt=SALT).sign_object(claims | {"for_s": expires_s}, compress=True)
    return reverse("stored_file", args=[token, filename])


@require_safe
def stored_file(request: HttpRequest, token: str, filename: str) -> HttpResponseBase:
    """The view behind `signed_url`: 404 for a forged token, 410 for one that is too old."""
    signer = signing.TimestampSigner(salt=SALT)
    try:
        claims = signer.unsign_object(token)
        for_s = claims.pop("for_s")
        signer.unsign(token, max_age=for_s)
    except signing.SignatureExpired:
        return HttpResponse("This link has expired: load its page again for a new one.\n", status=410)
    except signing.BadSignature as error:
        raise Http404("no such file") from error
    return serve(request, **claims)


def serve(
    request: HttpRequest, alias: str, sha256: str, filename: str, content_type: str
) -> HttpResponseBase:
    """Answer with a stored file, or with the part of it that the request's Range names."""
    file = StoredFile(alias, sha256, filename, content_type)
    storage: Any = storages[alias]
    if getattr(storage, "querystring_auth", False):  # an object store that presigns
        parameters = {"ResponseContentType": content_type, "ResponseContentDisposition": _disposition(file)}
        return HttpResponseRedirect(storage.url(blobs.key(sha256), parameters=parameters, expire=DAY_S))
    if not blobs.exists(alias, sha256):
        raise Http404("no such file")
    accel = getattr(settings, "CURSAL_ACCEL_PREFIX", "")
    if accel:
        headers = {"X-Accel-Redirect": f"{accel.rstrip('/')}/{alias}/{blobs.key(sha256)}"}
        return HttpResponse(headers=headers | _headers(file))
    return _answer(request, file, blobs.size(alias, sha256))


def _answer(request: HttpRequest, file: StoredFile, size: int) -> HttpResponseBase:
    headers = _headers(file)
    wanted = request.headers.get("Range", "")
    if request.headers.get("If-Range", headers["ETag"]) != headers["ETag"]:
        wanted = ""  # the reader has a part of some other file
    match = ONE_RANGE.fullmatch(wanted)
    if match is None or match.groups() == ("", ""):
        # Several ranges, or none: the whole file is a correct answer to both.
        return _part(request, file, 0, size, headers | {"Content-Length": str(size)}, 200)
    first, stop = _bounds(match, size)
    if first >= stop:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    headers |= {"Content-Range": f"bytes {first}-{stop - 1}/{size}", "Content-Length": str(stop - first)}
    return _part(request, file, first, stop, headers, 206)


def _bounds(match: re.Match[str], size: int) -> tuple[int, int]:
    """Half-open byte bounds of a range; empty where it cannot be satisfied."""
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size


def _part(
    request: HttpRequest, file: StoredFile, first: int, stop: int, headers: dict[str, str], status: int
) -> HttpResponseBase:
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers)
    blocks = _blocks(blobs.open_blob(file.alias, file.sha256), first, stop)
    return StreamingHttpResponse(blocks, status=status, headers=headers)


def _blocks(source: IO[bytes], first: int, stop: int) -> Iterator[bytes]:
    with source:
        source.seek(first)
        left = stop - first
        while left > 0 and (block := source.read(min(BLOCK_BYTES, left))):
            left -= len(block)
            yield block


def _headers(file: StoredFile) -> dict[str, str]:
    return {
        "Content-Type": file.content_type,
        "Content-Disposition": _disposition(file),
        "ETag": f'"{file.sha256}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": f"private, max-age={DAY_S}, immutable",
        "X-Content-Type-Options": "nosniff",
    }


def _disposition(file: StoredFile) -> str:
    saved = file.content_type not in SHOWN_INLINE
    return content_disposition_header(as_attachment=saved, filename=file.filename) or "inline"


urlpatterns = [path("files/<str:token>/<str:filename>", stored_file, name="stored_file")]
