"""Which build of the codecs is at work."""

import av


def codec_version() -> str:
    """Version of libavcodec, which carries the encoder, as three numbers with dots."""
    return ".".join(map(str, av.library_versions["libavcodec"]))
