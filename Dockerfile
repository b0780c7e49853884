FROM python:3.11-slim AS build
WORKDIR /tocsin
RUN python -m venv /tocsin/.venv
COPY requirements.lock ./
RUN .venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY bot bot
COPY handlers handlers
COPY migrations migrations
COPY playground playground
RUN .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation -e . && .venv/bin/python -m compileall -q bot handlers playground migrations

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /tocsin tocsin && mkdir /data && chown tocsin /data
COPY --from=build /tocsin /tocsin
WORKDIR /tocsin
COPY app.yaml ./
COPY runbooks/ runbooks/
ENV PATH=/tocsin/.venv/bin:$PATH TOCSIN_LISTEN=0.0.0.0:3000 TOCSIN_DATABASE_URL=sqlite:////data/tocsin.sqlite3
USER tocsin
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=3s CMD python -c "import urllib.request as r; r.urlopen('http://127.0.0.1:3000/healthz', timeout=2)"
CMD ["tocsin", "run"]
