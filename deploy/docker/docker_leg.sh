#!/usr/bin/env bash
# The proof in containers: builds the images, runs the integration tests on servers in containers, starts
# the compose file under a name and on ports of its own, sends a picture through, stops it and deletes it.
# Needs an engine that answers, the base images (or a registry to pull them from) and .venv (make setup).
set -euo pipefail
cd "$(dirname "$0")/../.."

PATIENCE_SECONDS=240
python=.venv/bin/python
passed=0
began=$SECONDS

step() { printf '\n== %s\n' "$*"; : >"$log"; }
ok() { passed=$((passed + 1)); printf -- '-- ok after %s s: %s\n' "$((SECONDS - began))" "$*"; }
fail() { printf 'docker leg: FAILED: %s\n' "$*" >&2; exit 1; }

[ -x "$python" ] || fail "there is no .venv: make setup"
docker info >/dev/null 2>&1 || fail "no Docker engine answers"
if docker compose version >/dev/null 2>&1; then compose=(docker compose); else compose=(docker-compose); fi
command -v "${compose[0]}" >/dev/null || fail "there is neither docker compose nor docker-compose"
name="${compose[*]}" log=$(mktemp) variables=$(mktemp)
# not .env: a developer's real RunPod key is not for this
compose+=(--env-file "$variables")

read -r PORT S3_PORT POSTGRES_PORT RABBITMQ_UI_PORT RUNPOD_SIMULATOR_PORT < <(
  "$python" -c 'from local_stack.ports import reserve; print(*reserve(5))'
)
export PORT S3_PORT POSTGRES_PORT RABBITMQ_UI_PORT RUNPOD_SIMULATOR_PORT
# in the file, not exported: the tests have a store of their own
echo "R2_PUBLIC_ENDPOINT_URL=http://127.0.0.1:$S3_PORT" >"$variables"
export COMPOSE_PROJECT_NAME="ob-leg-$$"
unset PROFILE TIME_SCALE SESSION_SECRET GUEST_ACCOUNTS RUNPOD_BASE_URL RUNPOD_API_KEY RUNPOD_ENDPOINT_ID \
  R2_ENDPOINT_URL R2_PUBLIC_ENDPOINT_URL R2_ACCESS_KEY_ID R2_SECRET_ACCESS_KEY R2_BUCKET \
  PUBLIC_BASE_URL RUNPOD_LIMIT_FACTOR RUNPOD_RESULT_ORIGINS LEAVE_NOTICE_SECONDS DRAIN_SECONDS

containers() {
  docker ps --all --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" --format '{{.ID}}' \
    | xargs -r docker inspect --format \
      '{{index .Config.Labels "com.docker.compose.service"}} {{.State.Status}} {{with .State.Health}}{{.Status}}{{else}}-{{end}} {{.State.ExitCode}}'
}

# shellcheck disable=SC2317 # called by trap
finish() {
  local code=$?
  trap - EXIT INT TERM
  if [ "$code" -ne 0 ]; then
    echo "--- the last step said"
    tail -n 40 "$log" || true
    echo "--- containers"
    containers || true
    "${compose[@]}" logs --no-color --tail 25 2>&1 || true
  fi
  "${compose[@]}" down --volumes --timeout 10 >"$log" 2>&1 || { tail -n 10 "$log"; code=1; }
  rm -f "$log" "$variables"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

step "images, with $name"
"${compose[@]}" build >"$log" 2>&1 || fail "the images do not build"
docker images --format '{{.Repository}} {{.Size}}' | sed -n 's/^ob-ai-studio\//   /p'
ok "images built"

step "integration tests on servers in containers"
TEST_BACKEND=docker "$python" -m pytest tests/integration -q -n 2 --dist loadfile || fail "integration tests"
ok "integration tests"

step "start, with two storers"
timeout "$PATIENCE_SECONDS" "${compose[@]}" up -d --no-build --scale storer=2 >"$log" 2>&1 || fail "up"
deadline=$((SECONDS + PATIENCE_SECONDS))
until [ "$(containers | grep -cE '^setup exited - 0$|^[a-z0-9]+ running healthy 0$')" -eq 10 ]; do
  [ "$SECONDS" -lt "$deadline" ] || fail "not healthy after $PATIENCE_SECONDS s"
  sleep 1
done
containers | sort | sed 's/^/   /'
ok "all healthy at http://127.0.0.1:$PORT"

step "the studio"
curl -fsS --max-time 20 "http://127.0.0.1:$PORT/th" >"$log" || fail "the gateway does not answer"
grep -q '<html lang="th"' "$log" || fail "the gateway serves no studio"
ok "the gateway serves the studio"

step "a picture through the published ports"
"$python" - "http://127.0.0.1:$PORT" <<'PY' || fail "the sample job"
import sys

from local_stack.sample import Visitor

with Visitor(sys.argv[1]) as visitor:
    result = visitor.make_picture(lambda stage: print(f"   {stage}", flush=True))
print(f"   its result came back by its signed link: {result.width}x{result.height} PNG")
PY
ok "sample job"

step "stop"
"${compose[@]}" stop >"$log" 2>&1 || fail "stop"
containers | grep -vE ' exited [a-z-]+ 0$' && fail "not everything ended by itself with exit code 0"
ok "everything ended by itself"

step "delete"
"${compose[@]}" down --volumes >"$log" 2>&1 || fail "down"
[ -z "$(containers)" ] || fail "containers are left"
ok "nothing is left"

echo
echo "docker leg: $passed checks passed"
