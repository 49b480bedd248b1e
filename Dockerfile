# One image for the web server, the workers and beat; built with EXTRAS=train for the worker that trains.
FROM python:3.12-slim-bookworm

ARG EXTRAS=""
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

RUN useradd --system --uid 10001 --home-dir /data cursal \
    && install --directory --owner=cursal --group=cursal /data

# train.compile makes kernels on the machine that trains, which takes a C compiler.
RUN if [ "$EXTRAS" = train ]; then \
        apt-get update \
        && apt-get install --yes --no-install-recommends gcc=4:12.* libc6-dev=2.36-* \
        && rm -rf /var/lib/apt/lists/*; \
    fi

WORKDIR /app
COPY . .
RUN pip install --constraint constraints.txt --editable ".${EXTRAS:+[$EXTRAS]}"

USER 10001
VOLUME /data
ENV CURSAL_STORAGE=/data/storage \
    CURSAL_SCRATCH=/tmp/cursal
EXPOSE 8000

CMD ["gunicorn", "webapp.wsgi", "--bind=0.0.0.0:8000", "--worker-class=gthread", "--workers=4", "--threads=8", \
     "--keep-alive=75", "--preload", "--no-control-socket"]
