# One image for the API, the workers, beat and the migrations:
#
#   docker build --tag app .
#   docker run --rm --publish 127.0.0.1:8000:8000 --env-file .env app
#   docker run --rm --env-file .env app migrate upgrade head
#
# The library, the application and what runs are three stages: a change of app/ compiles app/ alone,
# and what runs is the program and the shared objects that it loads, nothing else. docs/deployment.md
ARG DEBIAN=debian:bookworm-slim

FROM ${DEBIAN} AS compiler
RUN apt-get update && \
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
    ca-certificates ccache clang-19 cmake icu-devtools lld-19 ninja-build tzdata
WORKDIR /src

# The library as a Debian package, build/package/libplinth-dev_*.deb.
FROM compiler AS library
COPY scripts scripts/
# The documentation pages' assets, where scripts/bootstrap has fetched them; else npm does here.
COPY .npmrc package.json package-lock.json ./
COPY package-lock.json node_module[s] node_modules/
RUN mkdir plinth && scripts/bootstrap
COPY CHANGELOG.md CMakeLists.txt CMakePresets.json ./
COPY cmake cmake/
COPY plinth plinth/
RUN scripts/package

# The application with nothing but that package.
FROM compiler AS application
COPY --from=library /src/build/package/*.deb /tmp/
RUN DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends /tmp/*.deb
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake/
COPY migrations migrations/
COPY app app/
RUN cmake --preset release -DCMAKE_CXX_COMPILER=clang++-19 && ninja -C build/release app
COPY deploy/image deploy/image/
RUN deploy/image/closure build/release/bin/app /image

FROM scratch
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="app" \
      org.opencontainers.image.description="The conventional FastAPI architecture in C++" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=application /image /
# What production needs; a .env or the environment wins.
ENV ENV=production DEBUG=false CORS_ORIGINS=[] LOG_FORMAT=json
# For sqlite:///app.db a volume; nothing else is written but /tmp.
WORKDIR /data
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["/bin/app", "healthcheck"]
ENTRYPOINT ["/bin/app"]
CMD ["serve", "--host", "0.0.0.0"]
