"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")

application = get_wsgi_application()

# Loaded before the server forks: otherwise the first requests to each process would wait for it.
get_resolver().url_patterns  # noqa: B018 - looking at them imports the views
