"""From one line in the environment to what Django and Celery want to read."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from kombu import Queue
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

# What libpq calls them, and what Django does.
DATABASE_KEYS = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def secret_key(value: str, file: Path | None) -> str:
    """The signing key, given itself or by its file; there is none by default."""
    if value:
        return value
    if file is None:
        raise ImproperlyConfigured(
            "no secret key: set CURSAL_SECRET_KEY or CURSAL_SECRET_KEY_FILE, "
            "or start with `make run`, which makes one"
        )
    if not file.is_file():
        raise ImproperlyConfigured(f"CURSAL_SECRET_KEY_FILE={file} is not a file")
    return file.read_text().strip()


def database(url: str) -> dict[str, Any]:
    """Django's entry for postgresql://user:password@host:port/name?option=value."""
    if not url:
        raise ImproperlyConfigured(
            "no database: set DATABASE_URL=postgresql://user:password@host/name, "
            "or start with `make run`, which brings one"
        )
    if urlsplit(url).scheme not in ("postgresql", "postgres"):
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql://; Cursal needs PostgreSQL")
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {str(error).strip()}") from error
    entry = {DATABASE_KEYS[key]: str(value) for key, value in parts.items() if key in DATABASE_KEYS}
    options = {key: value for key, value in parts.items() if key not in DATABASE_KEYS}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **entry,
        "OPTIONS": options,
        # Opening one costs both sides a password check; one that no longer answers is noticed and replaced.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


def storage(root: str, purpose: str, s3_endpoint: str, s3_region: str = "") -> dict[str, Any]:
    """Storage of one kind of file: a folder under `root`, or a prefix when `root` is s3://bucket/prefix.

    Folders have no public address on purpose: files leave only through a view that checks who asks.
    """
    if not root.startswith("s3://"):
        folder = Path(root).resolve() / purpose
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": folder, "base_url": None, "file_permissions_mode": 0o640},
        }
    parts = urlsplit(root)
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": parts.netloc,
            "location": "/".join(part for part in (parts.path.strip("/"), purpose) if part),
            "endpoint_url": s3_endpoint or None,
            "region_name": s3_region or None,
            # The older signature, which is the default for links, is refused by newer regions and other makers.
            "signature_version": "s3v4",
            "default_acl": None,
            "querystring_auth": True,
            "file_overwrite": False,
        },
    }


def queues(*names: str) -> list[Queue]:
    """One durable queue a name."""
    return [Queue(name) for name in names]
