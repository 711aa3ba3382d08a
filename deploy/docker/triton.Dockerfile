# Triton with the verifier. Built from the root of the repository:
#   docker build -f deploy/docker/triton.Dockerfile --build-arg TRITON_IMAGE=nvcr.io/nvidia/tritonserver:26.07-py3@sha256:… -t redraft-triton .
# With the built-in model inside, for a trial on a CPU: --build-arg BAKED=builtin --build-arg TORCH=cpu
ARG TRITON_IMAGE=nvcr.io/nvidia/tritonserver:26.07-py3

FROM ${TRITON_IMAGE} AS build
# cuda or cpu: the build of torch.
ARG TORCH=cuda
# Where pip looks too; the CPU build of torch has an index of its own.
ARG PIP_EXTRA_INDEX_URL=
# none: the model is mounted. builtin: it lies in /opt/redraft/model.
ARG BAKED=none
# Which of the built-in models.
ARG MODEL=smollm2-135m-instruct
COPY triton-models/requirements.txt triton-models/requirements-${TORCH}.txt /requirements/
# Triton's Python backend ignores PYTHONPATH and takes the packages of the first python3 on the PATH.
RUN python3 -m venv --without-pip /opt/redraft/python \
    && python3 -m pip --python /opt/redraft/python/bin/python3 install --no-cache-dir --no-deps --require-hashes \
        --only-binary=:all: --no-compile -r /requirements/requirements.txt -r /requirements/requirements-${TORCH}.txt
COPY triton-models/verifier /opt/redraft/triton-models/verifier
WORKDIR /opt/redraft/triton-models/verifier/1
# The environment has no pip: the image's own Python downloads the weights.
RUN mkdir -p /opt/redraft/model \
    && if [ "${BAKED}" = builtin ]; then \
        export PYTHONDONTWRITEBYTECODE=1 \
        && python3 -m engine.weights_fetch --model "${MODEL}" --folder /weights \
        && /opt/redraft/python/bin/python3 -m engine.builtin_model --model "${MODEL}" --downloads /weights \
            --output /opt/redraft/model; \
    fi \
    && chmod -R a+rX /opt/redraft
# The integer passes of a CPU, compiled ahead where the image has a compiler; without it torch runs them, slower.
RUN if command -v c++ > /dev/null; then \
        PYTHONDONTWRITEBYTECODE=1 python3 -m engine.int8.native.build engine/int8/native/prebuilt \
        && chmod -R a+rX engine/int8/native; \
    fi

FROM ${TRITON_IMAGE}
COPY --from=build /opt/redraft /opt/redraft
ENV PATH=/opt/redraft/python/bin:${PATH} \
    VIRTUAL_ENV=/opt/redraft/python \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
# HTTP, gRPC, metrics.
EXPOSE 8000 8001 8002
ENTRYPOINT ["/opt/tritonserver/bin/tritonserver"]
CMD ["--model-repository=/opt/redraft/triton-models", "--disable-auto-complete-config"]
