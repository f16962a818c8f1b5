# One recipe for every program. Build it from the root of the repository:
#   docker build -f deploy/images/service.Dockerfile --build-arg SERVICE=mrv -t ets/mrv .
#   docker build -f deploy/images/service.Dockerfile --build-arg SERVICE=simulation --build-arg FOLDER=simulation \
#     --build-arg COMMAND=ets -t ets/simulation .
# A release names its base by digest: --build-arg PYTHON_IMAGE=python:3.11.14-slim-bookworm@sha256:...
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
COPY deploy/images/build-tools.lock ./
RUN python -m venv /build-tools \
 && /build-tools/bin/pip install --no-cache-dir --require-hashes --no-deps -r build-tools.lock
COPY requirements.lock ./
COPY libs libs
COPY services services
COPY simulation simulation
ARG SERVICE
ARG FOLDER=services/${SERVICE}
ARG COMMAND=${SERVICE}
# The lock says version and hash of whatever the members ask for, and holds more than one program needs. What it does not
# name must not come in, so the second command fails when something did.
RUN python -m venv --without-pip /app \
 && /build-tools/bin/uv pip install --python /app/bin/python --no-config --no-cache --no-sources --link-mode copy \
      --compile-bytecode --verify-hashes --constraints requirements.lock \
      ./libs/contracts ./libs/kernel ./libs/ledger "./${FOLDER}" \
 && grep -o '^[a-z0-9._-]*==[^ ;]*' requirements.lock > /tmp/locked \
 && ! /build-tools/bin/uv pip freeze --python /app/bin/python | grep -v ' @ file:' | grep -vxFf /tmp/locked \
 && ln -s "/app/bin/${COMMAND}" /app/bin/entrypoint

FROM ${PYTHON_IMAGE}
COPY --from=build /app /app
ENV PATH=/app/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
ENTRYPOINT ["/app/bin/entrypoint"]
