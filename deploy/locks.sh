#!/usr/bin/env bash
# Writes locks/: one for development, and from its versions one for each image.
# What is locked stays unless a pyproject.toml says otherwise; `deploy/locks.sh --upgrade` takes the newest.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() {
  .venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --quiet --no-header "$@" >/dev/null
}

compile --no-emit-package ob-shared \
  --extra broker --extra storage --extra images --extra runpod --extra operator \
  shared/pyproject.toml services/*/pyproject.toml simulators/*/pyproject.toml deploy/local/pyproject.toml \
  --group pyproject.toml:dev -o locks/dev.txt "$@"

image() {
  local name=$1
  shift
  compile --no-annotate --no-emit-package ob-shared -c locks/dev.txt -o "locks/$name.txt" "$@"
}

for service in gateway submitter poller storer; do
  image "$service" "services/$service/pyproject.toml"
done
image operator --extra operator shared/pyproject.toml
image runpod-simulator simulators/runpod/pyproject.toml
image s3 - <<<'ministack' # the version is the one that development uses
image build --group pyproject.toml:build - <<<'editables'

# Beside `make bench` and not here: its packages are installed only where stacks are compared.
compile --no-annotate -c locks/dev.txt --group pyproject.toml:bench -o bench/packages.txt "$@"
