#!/usr/bin/env bash
# Tests that a new user's first command works on two kinds of feed, each time with a fresh clone and an empty package cache:
#   full      a feed that has every package, created here: the counterparts, packed with the ids and versions of the packages they replace
#   ordinary  the feed that is configured on this machine
# On each feed, `dotnet run` must start the system, on each Lambda emulator that the packages have, and the first `dotnet restore` must give
# the right packages. No feed is asked for AWS's test tool: where the real packages would have installed it, a script of its name starts
# NotifyQuery.LambdaEmulator. Without an argument, the first `dotnet build`, `test`, `publish` and `pack` are tested too, on the full feed.
# The argument `full` or `ordinary` tests only that kind. The last line is 'first command: N passed, N failed'. Needs the prerequisites of
# the README.
set -u -o pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
passed=0 failed=0
apphost=""

stop() {
  [ -n "$apphost" ] || return 0
  kill -INT -- "-$apphost" 2>/dev/null # as a terminal does: to the whole process group
  for _ in $(seq 300); do kill -0 "$apphost" 2>/dev/null || break; sleep 0.1; done
  kill -KILL -- "-$apphost" 2>/dev/null # fails after a normal stop, because no process is left
  wait "$apphost" 2>/dev/null
  apphost=""
}
trap 'stop; rm -rf "$work"' EXIT
export RunAnalyzers=false # analyzers take half of the build time, and are irrelevant here

check() { # what, exit code, log
  if [ "$2" -eq 0 ]; then
    passed=$((passed + 1)); echo "  passed: $1"
  else
    failed=$((failed + 1)); echo "  FAILED: $1"; tail -n 40 "$3" | sed 's/^/    /'
  fi
}

clone() { # into
  git clone -q "$root" "$1"
}

pack_counterparts() {
  clone "$work/source"
  {
    echo '<Project>'
    for project in "$work"/source/counterparts/packages/*/*.csproj; do
      id=$(basename "$project" .csproj)
      version=$(sed -n "s/.*PackageVersion Include=\"$id\" Version=\"\([^\"]*\)\".*/\1/p" "$root/Directory.Packages.props")
      echo "  <PropertyGroup Condition=\"'\$(MSBuildProjectName)'=='$id'\"><IsPackable>true</IsPackable><PackageId>$id</PackageId><Version>$version</Version></PropertyGroup>"
    done
    echo '</Project>'
  } > "$work/versions.props"
  for project in "$work"/source/counterparts/packages/*/*.csproj; do
    dotnet pack "$project" -p:PackageMode=counterparts -p:CounterpartVersions="$work/versions.props" -o "$work/full/feed" -v:q -nologo \
      > "$work/pack.log" 2>&1 || { cat "$work/pack.log"; return 1; }
  done
  echo '<configuration><packageSources><add key="counterparts" value="feed" /></packageSources></configuration>' > "$work/full/NuGet.Config"
}

# A command of dotnet in a new clone. The assets files must name counterparts in the mode counterparts, and only then.
try_dotnet() { # kind, expected mode, arguments of dotnet
  local kind=$1 expected=$2; shift 2
  local folder="$work/$kind/command" log="$work/command.log"
  clone "$folder"
  cd "$folder" || exit 1
  # A separate package cache: in the machine's cache, later builds would use the packed counterparts as the real packages.
  NUGET_PACKAGES="$work/$kind/packages" dotnet "$@" > "$log" 2>&1; local status=$?
  local mode; mode=$(sed -n "s/.*package mode: \([a-z]*\) .*/\1/p" "$log" | head -n 1)
  local uses=nuget; grep -q 'counterparts/packages/' NotifyQuery.*/obj/project.assets.json && uses=counterparts
  [ "$status" -eq 0 ] && [ "$mode" = "$uses" ] && { [ "$expected" = any ] || [ "$mode" = "$expected" ]; }
  check "$kind feed: dotnet $* (mode ${mode:-unknown})" $? "$log"
  cd "$root" || exit 1
  rm -rf "$folder"
}

install_test_tool() { # the folder of the clone whose emulator it starts
  mkdir -p "$work/tools"
  printf '#!/bin/sh\nexec dotnet "%s/NotifyQuery.LambdaEmulator/bin/Debug/net10.0/NotifyQuery.LambdaEmulator.dll" "$@"\n' "$1" \
    > "$work/tools/dotnet-lambda-test-tool"
  chmod +x "$work/tools/dotnet-lambda-test-tool"
}

try_run() { # kind, expected mode, expected emulator, settings
  local folder="$work/$1/run" log="$work/run.log" path=$PATH status=1
  [ -d "$folder" ] || clone "$folder"
  if [ "$1" = full ]; then
    install_test_tool "$folder"
    path=$work/tools:$PATH
  fi
  cd "$folder" || exit 1
  # A new session, with the default action for Ctrl-C even if this script runs in the background.
  setsid env --default-signal=INT PATH="$path" NUGET_PACKAGES="$work/$1/packages" \
    dotnet run --project NotifyQuery.AppHost -- "${@:4}" \
    --NotifyQuery:Backend=dynamodb-local --NotifyQuery:Ports:Backend=0 --NotifyQuery:Ports:Handler=0 --NotifyQuery:Ports:Gateway=0 \
    --NotifyQuery:Ports:Emulator=0 --ASPNETCORE_URLS=http://127.0.0.1:0 > "$log" 2>&1 &
  apphost=$!
  for _ in $(seq 900); do
    grep -q '^Ready after' "$log" && break
    kill -0 "$apphost" 2>/dev/null || break
    sleep 1
  done
  local mode; mode=$(sed -n "s/.*package mode \([a-z]*\).*/\1/p" "$log" | head -n 1)
  grep -q '^Ready after' "$log" && grep -q 'Aspire 13.6.5' "$log" && { [ "$2" = any ] || [ "$mode" = "$2" ]; } \
    && { [ "$3" = any ] || grep -q "Lambda emulator $3\$" "$log"; } \
    && curl -fsS "$(sed -n "s/^ *curl '\(.*\)'/\1/p" "$log" | head -n 1)" > /dev/null && status=0
  local emulator; emulator=$(sed -n "s/.*Lambda emulator \([a-z]*\)$/\1/p" "$log" | head -n 1)
  check "$1 feed: dotnet run --project NotifyQuery.AppHost${4:+ -- ${*:4}} (mode ${mode:-unknown}, emulator ${emulator:-unknown})" $status "$log"
  stop
  cd "$root" || exit 1
}

mkdir -p "$work/full" "$work/ordinary"
only=${1:-}
if [ "$only" = ordinary ]; then
  echo "skipped: a feed that has every package"
elif pack_counterparts; then
  echo "a feed that has every package"
  try_run full nuget testtool # first, while the package cache is empty
  try_run full nuget notifyquery --NotifyQuery:LambdaEmulator=notifyquery
  try_dotnet full nuget restore NotifyQuery.AppHost
  try_dotnet full nuget restore NotifyQuery.sln
  if [ -z "$only" ]; then
    try_dotnet full nuget build NotifyQuery.sln
    try_dotnet full nuget test NotifyQuery.Tests --filter FullyQualifiedName~NotifyQuery.Tests.Core
    try_dotnet full nuget publish NotifyQuery.Handler
    try_dotnet full nuget pack NotifyQuery.Tools
  fi
else
  failed=$((failed + 1)); echo "  FAILED: the counterparts could not be packed"
fi
if [ "$only" != full ]; then
  echo "the feed of this machine"
  try_run ordinary any any
  try_dotnet ordinary any restore NotifyQuery.Tools
fi
echo "first command: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
