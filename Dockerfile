# The app and its workers, one image: `docker build -t cpo .`; see docs/deployment.md.
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
# What else goes in: --build-arg EXTRAS="requirements-telemetry.lock", or requirements-tracking.lock.
ARG EXTRAS=""
COPY requirements.lock requirements-telemetry.lock requirements-tracking.lock requirements-notebooks.lock /build/
# Exactly the files that were tested, by hash; nothing is compiled here.
RUN cd /build && for lock in /build/requirements.lock ${EXTRAS}; do \
      /opt/venv/bin/python -m pip install --require-hashes --only-binary :all: -r "$lock" || exit 1; \
    done

FROM python:${PYTHON}
RUN groupadd --gid 10001 cpo \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin cpo \
 && install -d -o 10001 -g 10001 -m 750 /workspace
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
# The code belongs to root: what runs cannot change it.
COPY app.py ./
COPY .streamlit .streamlit
COPY config config
COPY core core
COPY data data
COPY notebooks notebooks
COPY pages pages
COPY ui ui
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    MPLCONFIGDIR=/tmp/matplotlib \
    CPO_WORKSPACE=/workspace
USER 10001:10001
VOLUME /workspace
EXPOSE 8501
# Of the app; a worker has no port: run it with --no-healthcheck.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4).read()"]
ENTRYPOINT ["python", "-m", "core"]
CMD ["serve", "--address", "0.0.0.0"]
