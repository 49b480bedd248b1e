"""Bodies of requests, unpacked within bounds."""

import zlib

from django.http import HttpRequest

from collector.errors import Refused
from collector.protocol import MAX_BODY_BYTES
from processing.errors import BadInput

GZIP = 16 + zlib.MAX_WBITS  # gzip's own header and checksum


def chunk_body(request: HttpRequest) -> bytes:
    """The chunk as it was before it was packed; never more than MAX_BODY_BYTES of it are unpacked.

    Raises Refused when it is too large or packed in a way that nobody agreed on, BadInput when it is damaged.
    """
    if request.content_type != "application/json":
        raise Refused("content_type_unknown", "Send parts as application/json.", 415)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
        raise _too_large()
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return request.body
    if encoding != "gzip":
        raise Refused("encoding_unknown", "Send parts plain or packed with gzip.", 415)
    return gunzip(request.body)


def gunzip(packed: bytes) -> bytes:
    """Unpack one gzip member; raises as `chunk_body` does."""
    unpacker = zlib.decompressobj(GZIP)
    try:
        body = unpacker.decompress(packed, MAX_BODY_BYTES + 1)
    except zlib.error as error:
        raise BadInput(f"the part is not gzip as it says: {error}") from error
    if len(body) > MAX_BODY_BYTES:
        raise _too_large()
    if not unpacker.eof:
        raise BadInput("the packed part is cut off")
    if unpacker.unused_data:
        raise BadInput("something follows the packed part")
    return body


def _too_large() -> Refused:
    return Refused("chunk_too_large", f"A part has at most {MAX_BODY_BYTES} bytes.", 413)
