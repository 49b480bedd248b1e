"""Settings of the site, all of them from the environment; `.env.example` lists the names."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import Env

from webapp import deployment

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(BASE_DIR / ".env", recurse=False)

# --- who may call, and how ---

DEBUG = env.bool("CURSAL_DEBUG", False)
SECRET_KEY = deployment.secret_key(env.str("CURSAL_SECRET_KEY", ""), env.path("CURSAL_SECRET_KEY_FILE", None))
ALLOWED_HOSTS = env.list("CURSAL_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
HTTPS = env.bool("CURSAL_HTTPS", False)
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if host != "*"] if HTTPS else []
ADMIN_PATH = env.str("CURSAL_ADMIN_PATH", "admin").strip("/")

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked from inside, past the proxy
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("CURSAL_BEHIND_PROXY", False) else None
)
SECURE_REFERRER_POLICY = "same-origin"  # a visit's token is part of its address
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"

# A chunk is a few hundred kilobytes at most; files for import come from a folder, not through a form.
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # the admin's lists with check boxes

# --- what it is made of ---

INSTALLED_APPS = [
    "webapp.apps.SiteConfig",  # first, so that its templates come before the admin's own
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "ninja",
    "collector",
    "webapp.datasets",
    "webapp.leaderboard",
    "webapp.baselines",
    "webapp.plans",
    "webapp.pages",
    "webapp.accounts",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "webapp.security.BrowserPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "webapp.urls"
WSGI_APPLICATION = "webapp.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- logins: by invitation, so there is no page to sign up ---

LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- where things lie ---

DATABASES = {"default": deployment.database(env.str("DATABASE_URL", ""))}
STORAGE_ROOT = env.str("CURSAL_STORAGE", str(BASE_DIR / "var" / "storage"))
STORAGES = {
    # Nothing is stored without a purpose.
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    **{
        purpose: deployment.storage(
            STORAGE_ROOT, purpose, env.str("CURSAL_S3_ENDPOINT", ""), env.str("CURSAL_S3_REGION", "")
        )
        for purpose in ("media", "tracks", "products", "releases")
    },
}
SCRATCH_DIR = env.path("CURSAL_SCRATCH", BASE_DIR / "var" / "scratch")
SCRATCH_MIN_FREE_BYTES = env.int("CURSAL_SCRATCH_MIN_FREE_MIB", 1024) * 2**20
EXPORTS_KEPT_H = env.float("CURSAL_EXPORTS_KEPT_H", 168.0)  # copies of tracks that no withdrawal reaches
CHUNKS_KEPT_H = env.float("CURSAL_CHUNKS_KEPT_H", 24.0)  # after the raw track is written; it holds them too
DEMO_DIR = env.path("CURSAL_VAR", BASE_DIR / "var") / "demo"  # what `make demo` leaves for looking at

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # read where they lie: nothing to collect before a start
WHITENOISE_MAX_AGE = 60
CURSAL_ACCEL_PREFIX = env.str("CURSAL_ACCEL_PREFIX", "")  # lets a proxy hand out the files that we allow
# Origins besides our own that the player may fetch clips from; with S3 the site redirects there.
MEDIA_ORIGINS: list[str] = env.list("CURSAL_MEDIA_ORIGINS", [])

# --- languages and time ---

USE_TZ = True
TIME_ZONE = "UTC"  # deadlines and releases mean the same everywhere
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]

# --- background work ---

CELERY_BROKER_URL = env.str("REDIS_URL", "") or "redis://127.0.0.1:6379/0"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# An unacknowledged task comes back after this time; it must be over by then, or two would run at once, and the
# longest may take a day. Nobody waits for it: the sweeps find the row of a dead worker within a minute. What
# may take longer still runs on `train`, whose tasks are acknowledged at once.
VISIBILITY_TIMEOUT_S = 26 * 3600
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": VISIBILITY_TIMEOUT_S,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_TIME_LIMIT = 3600  # unless a task says otherwise
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = (
    2.0  # told to quit, a worker gives its tasks this long before handing them back
)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_IGNORE_RESULT = True  # rows hold the results
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_QUEUES = deployment.queues("ingest", "build", "evaluate", "train")
CELERY_TASK_CREATE_MISSING_QUEUES = (
    False  # a misspelt queue is an error, not a place where work waits for ever
)
CELERY_TASK_DEFAULT_QUEUE = "ingest"
CELERY_TASK_ROUTES = {
    "webapp.datasets.tasks.*": {"queue": "build"},
    "webapp.leaderboard.tasks.*": {"queue": "evaluate"},
    "webapp.baselines.tasks.*": {"queue": "train"},
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    # Rows that nobody enqueued, or whose worker died, wait no longer than this. Sweeps that pile up behind a
    # busy worker would only repeat each other, so they expire.
    "capture": {"task": "collector.tasks.sweep", "schedule": 5.0, "options": {"expires": 5.0}},
    "chunks": {"task": "collector.tasks.drop_chunks", "schedule": 60.0, "options": {"expires": 60.0}},
    "plans": {"task": "webapp.plans.tasks.sweep", "schedule": 5.0, "options": {"expires": 5.0}},
}

# --- log ---

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s pid=%(process)d %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("CURSAL_LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        "httpx": {"level": "WARNING"},  # it would write addresses down, and tokens are part of ours
    },
}

if DEBUG and HTTPS:
    raise ImproperlyConfigured(
        "CURSAL_DEBUG shows settings to visitors; switch it off where CURSAL_HTTPS is on"
    )
