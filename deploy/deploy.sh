#!/usr/bin/env bash
# Brings NotifyQuery to an AWS account, and takes it away again. docs/deploy.md tells the whole story.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'END'
Usage: deploy/deploy.sh <command>

  lint                            check the templates and the manifests
  build                           build and zip the functions for the stack's architecture
  deploy [Parameter=value ...]    lint, build, upload, create or change the stacks, smoke test; back to the former functions if it fails
  smoke                           ask the deployed system: a write must arrive, the API must answer as it should
  versions                        the functions' zips that were uploaded; the one that runs is marked
  rollback [key]                  run an earlier zip: the one named, or the last before the one that runs

  image                           the Handler's image, as a tar archive (needs the base image's registry)
  handler <dev|prod> <image>      apply the Handler to the cluster of the current kubectl context

  next-table <table>              create a second query table, and have it written beside the first
  serve <current|next>            say which of the two is read
  promote                         make the next table the current one
  finish                          stop writing the former table (when the wait that 'promote' names is over)

  outputs                         what the stack says of itself
  destroy [--with-data]           delete the stack; with the tables and the zips too, if it is said

Settings, from the environment:
  NOTIFYQUERY_STACK        name of the stack (notifyquery); the tables' is <name>-tables
  NOTIFYQUERY_ARCH         arm64 (default) or x86_64
  NOTIFYQUERY_BUCKET       bucket for the zips (<stack>-<account>-<region>)
  NOTIFYQUERY_ZIP          a zip that is there already, instead of a build
  NOTIFYQUERY_SMOKE        0: no smoke test after 'deploy'
  AWS_REGION, AWS_PROFILE  and everything else that the AWS CLI knows
END
}

fail() { echo "deploy.sh: $*" >&2; exit 1; }
say() { echo "== $*"; }
need() { local tool; for tool in "$@"; do command -v "$tool" >/dev/null || fail "$tool is not installed (docs/deploy.md, Prerequisites)"; done; }

stack=${NOTIFYQUERY_STACK:-notifyquery}
tables_stack=$stack-tables
arch=${NOTIFYQUERY_ARCH:-arm64}
case $arch in
  arm64) runtime=linux-arm64 machine=aarch64 ;;
  x86_64) runtime=linux-x64 machine=x86_64 ;;
  *) fail "NOTIFYQUERY_ARCH is '$arch': it must be arm64 or x86_64" ;;
esac
artifacts=artifacts/$arch
zip_file=${NOTIFYQUERY_ZIP:-$artifacts/functions.zip}

bucket() {
  if [ -n "${NOTIFYQUERY_BUCKET:-}" ]; then echo "$NOTIFYQUERY_BUCKET"; return; fi
  echo "$stack-$(aws sts get-caller-identity --query Account --output text)-${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region)}}"
}

stack_exists() { aws cloudformation describe-stacks --stack-name "$1" >/dev/null 2>&1; }

output() {
  aws cloudformation describe-stacks --stack-name "$stack" --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue" --output text
}

parameter() {
  aws cloudformation describe-stacks --stack-name "$stack" --query "Stacks[0].Parameters[?ParameterKey=='$1'].ParameterValue" --output text
}

# Creates the stack or changes it; a parameter that is not given keeps its value.
change_stack() {
  aws cloudformation deploy --stack-name "$stack" --template-file deploy/stack.template.yaml \
    --capabilities CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset --parameter-overrides "$@"
}

# Runs the functions of another zip; its name says what it was built for.
run_zip() {
  local built_for=${1#functions-}
  case $built_for in
    arm64-* | x86_64-*) change_stack "ArtifactKey=$1" "Architecture=${built_for%%-*}" ;;
    *) fail "'$1' is no zip of the functions: name one of 'deploy.sh versions'" ;;
  esac
}

lint() {
  need cfn-lint
  say "lint"
  cfn-lint deploy/tables.template.json deploy/stack.template.yaml
  if command -v kubectl >/dev/null; then
    local overlay
    for overlay in deploy/eks/overlays/*/; do kubectl kustomize "$overlay" >/dev/null; done
  else
    echo "kubectl is not installed: the manifests of the Handler are not checked"
  fi
}

build() {
  need dotnet zip
  say "build the functions for $runtime"
  local linker=()
  if [ "$(uname -m)" != "$machine" ]; then
    # The compiler comes from NuGet for every architecture; the linker does not. Only clang links for another one.
    if ! command -v clang >/dev/null || ! command -v "$machine-linux-gnu-gcc" >/dev/null; then
      fail "this machine is $(uname -m): to build for $arch install clang and $machine-linux-gnu-gcc (Debian: clang gcc-${machine/_/-}-linux-gnu), or build on such a machine, or set NOTIFYQUERY_ARCH"
    fi
    linker=("-p:ObjCopyName=$machine-linux-gnu-objcopy")
  elif ! command -v clang >/dev/null && ! command -v gcc >/dev/null; then
    fail "neither clang nor gcc is installed: the native build links with one of them (Debian: clang)"
  fi
  rm -rf "$artifacts"
  mkdir -p "$artifacts/publish"
  dotnet publish NotifyQuery.Lambdas -c Release -r "$runtime" ${linker[@]+"${linker[@]}"} -o "$artifacts/publish"
  # provided.al2023 starts an executable of this name; symbols stay here.
  cp "$artifacts/publish/NotifyQuery.Lambdas" "$artifacts/bootstrap"
  touch -d 2000-01-01 "$artifacts/bootstrap" # the same build gives the same zip
  (cd "$artifacts" && zip -q -9 -X functions.zip bootstrap)
  wc -c "$artifacts/bootstrap"
  wc -c "$artifacts/functions.zip"
}

upload() {
  local to
  to=$(bucket)
  if ! aws s3api head-bucket --bucket "$to" >/dev/null 2>&1; then
    say "create bucket $to"
    aws s3 mb "s3://$to"
    aws s3api put-public-access-block --bucket "$to" --public-access-block-configuration \
      BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
  fi
  key=functions-$arch-$(sha256sum "$zip_file" | cut -c1-16).zip
  say "upload $key ($(wc -c <"$zip_file") bytes)"
  aws s3 cp --only-show-errors "$zip_file" "s3://$to/$key"
}

deploy() {
  need aws jq
  lint
  if [ -z "${NOTIFYQUERY_ZIP:-}" ]; then build; elif [ ! -f "$zip_file" ]; then fail "NOTIFYQUERY_ZIP is '$zip_file': there is no such file"; fi

  local former=""
  if stack_exists "$stack"; then former=$(parameter ArtifactKey); fi
  upload

  say "stack $tables_stack"
  aws cloudformation deploy --stack-name "$tables_stack" --template-file deploy/tables.template.json --no-fail-on-empty-changeset
  local stream
  stream=$(aws dynamodb describe-table --table-name command-records --query Table.LatestStreamArn --output text)

  say "stack $stack"
  change_stack "ArtifactBucket=$(bucket)" "ArtifactKey=$key" "Architecture=$arch" "CommandRecordsStream=$stream" "$@"
  outputs
  if [ "${NOTIFYQUERY_SMOKE:-1}" = 0 ] || smoke; then return; fi
  if [ -n "$former" ] && [ "$former" != "$key" ]; then
    say "the smoke test failed: back to $former"
    run_zip "$former"
  fi
  fail "the smoke test failed"
}

smoke() {
  need dotnet
  local gateway
  gateway=$(output GatewayUrl)
  say "smoke test of $gateway"
  dotnet run --project NotifyQuery.Tools -c Release -- check-stream --endpoint aws --allow-writes &&
    dotnet run --project NotifyQuery.Tools -c Release -- check-api --endpoint aws --gateway "$gateway"
}

# Newest first: when, key.
uploaded() {
  # shellcheck disable=SC2016 # the query's own quotes
  aws s3api list-objects-v2 --bucket "$(bucket)" --prefix "functions-$arch-" \
    --query 'reverse(sort_by(Contents || `[]`, &LastModified))[].[LastModified, Key]' --output text
}

versions() {
  local running
  running=$(parameter ArtifactKey)
  uploaded | awk -v running="$running" '{ print ($2 == running ? "*" : " "), $1, $2 }'
}

rollback() {
  local to=${1:-} running
  running=$(parameter ArtifactKey)
  if [ -z "$to" ]; then to=$(uploaded | awk -v running="$running" 'before { print $2; before = 0 } $2 == running { before = 1 }'); fi
  [ -n "$to" ] || fail "there is no zip older than $running: name one of 'deploy.sh versions'"
  say "$running -> $to"
  run_zip "$to"
}

image() {
  need dotnet
  mkdir -p artifacts
  # By the SDK itself, without Docker; it fetches the base image from its registry.
  dotnet publish NotifyQuery.Handler -c Release -r "$runtime" --self-contained false -t:PublishContainer \
    -p:ContainerRepository=notifyquery-handler -p:ContainerFamily=noble-chiseled -p:ContainerArchiveOutputPath="$PWD/artifacts/handler-$arch.tar.gz"
  echo "artifacts/handler-$arch.tar.gz: load it ('docker load') and push it to the registry of the cluster"
}

handler() {
  need kubectl aws openssl
  local overlay=${1:-} image=${2:-} function issuer audience host
  case $overlay in dev | prod) ;; *) fail "handler needs an overlay: dev or prod" ;; esac
  [ -n "$image" ] || fail "handler needs the image, such as <registry>/notifyquery-handler:0.1.0"
  # Asked before anything is applied: without an answer the script ends here.
  function=$(output QueryResultFunction)
  issuer=$(parameter JwtIssuer)
  audience=$(parameter JwtAudience)
  kubectl apply -f deploy/eks/base/namespace.yaml
  kubectl -n notifyquery create configmap handler --dry-run=client -o yaml \
    --from-literal="QueryResult__FunctionName=$function" \
    --from-literal="OTEL_EXPORTER_OTLP_ENDPOINT=${OTEL_EXPORTER_OTLP_ENDPOINT:-}" \
    --from-literal="Access__Required=${ACCESS_REQUIRED:-true}" \
    --from-literal="Authentication__Schemes__Bearer__Authority=$issuer" \
    --from-literal="Authentication__Schemes__Bearer__ValidAudiences__0=$audience" |
    kubectl apply -f -
  # Made once: with another key every cursor that was handed out would be refused.
  kubectl -n notifyquery get secret handler-cursor >/dev/null 2>&1 ||
    kubectl -n notifyquery create secret generic handler-cursor --from-file=Cursor__Key=<(openssl rand -hex 32 | tr -d '\n')
  kubectl kustomize "deploy/eks/overlays/$overlay" | sed -E "s#image: notifyquery-handler(:.*)?\$#image: $image#" | kubectl apply -f -
  kubectl -n notifyquery rollout status deployment/handler --timeout=5m
  host=$(kubectl -n notifyquery get service handler -o jsonpath='{.status.loadBalancer.ingress[0].hostname}')
  [ -n "$host" ] || fail "the load balancer has no address yet: the same command again tells it in a few minutes"
  echo "The Handler answers at http://$host: deploy/deploy.sh deploy HandlerBaseAddress=http://$host HandlerSubnets=... HandlerSecurityGroup=..."
}

next_table() {
  need aws jq
  local table=${1:-} template
  [[ $table =~ ^[A-Za-z0-9_.-]{3,255}$ ]] || fail "next-table needs the new table's name, such as notification-records-2"
  [ "$table" != "$(parameter QueryTable)" ] || fail "$table is the current query table"
  template=$(mktemp)
  # shellcheck disable=SC2064 # the name is known now
  trap "rm -f '$template'" EXIT
  # The one schema, under another name.
  jq --arg table "$table" \
    '.Description = "NotifyQuery: a query table" | .Resources |= { NotificationRecords } | .Resources.NotificationRecords.Properties.TableName = $table' \
    deploy/tables.template.json >"$template"
  say "stack $stack-$table"
  aws cloudformation deploy --stack-name "$stack-$table" --template-file "$template" --no-fail-on-empty-changeset
  say "write $table beside $(parameter QueryTable)"
  change_stack "NextQueryTable=$table" "ServedQueryTable=current"
  cat <<END
Now fill it, compare it, and read from it:
  Tables__NotificationRecords=$table dotnet run --project NotifyQuery.Tools -- rebuild --endpoint aws
  Tables__NotificationRecords=$table dotnet run --project NotifyQuery.Tools -- reconcile --endpoint aws
  deploy/deploy.sh serve next
END
}

serve() {
  case ${1:-} in
    current) ;;
    next) [ -n "$(parameter NextQueryTable)" ] || fail "there is no next table: deploy.sh next-table <table>" ;;
    *) fail "serve needs current or next" ;;
  esac
  change_stack "ServedQueryTable=$1"
}

promote() {
  local next
  next=$(parameter NextQueryTable)
  [ -n "$next" ] || fail "there is no next table: deploy.sh next-table <table>"
  [ "$(parameter ServedQueryTable)" = next ] || fail "$next is not read yet: deploy.sh serve next"
  # Both processors write it from here on, so that nothing is left out between the places where they are in the stream.
  change_stack "QueryTable=$next" "ServedQueryTable=current"
  echo "Wait until the iterator age of $stack-NextStreamProcessor (dashboard) is less than the time since now; then: deploy/deploy.sh finish"
}

finish() {
  [ -n "$(parameter NextQueryTable)" ] || fail "there is nothing to finish"
  [ "$(parameter NextQueryTable)" = "$(parameter QueryTable)" ] || fail "the next table is not the current one yet: deploy.sh promote"
  change_stack "NextQueryTable="
}

outputs() { aws cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].Outputs[].[OutputKey, OutputValue]' --output text; }

destroy() {
  need aws jq
  local to with_data=${1:-} table declared="" further=""
  [ -z "$with_data" ] || [ "$with_data" = --with-data ] || fail "destroy knows --with-data only"
  to=$(bucket)
  if [ -n "$with_data" ]; then
    declared=$(jq -r '.Resources[].Properties.TableName' deploy/tables.template.json)
    # Query tables that were made by next-table: the stack knows them as long as it is there.
    if stack_exists "$stack"; then further=$(printf '%s\n' "$(parameter QueryTable)" "$(parameter NextQueryTable)" | sort -u | grep -vxF "$declared" || true); fi
  fi
  say "delete stack $stack"
  delete_stack "$stack"
  if [ -z "$with_data" ]; then
    echo "The tables (stack $tables_stack) and the zips (bucket $to) are still there."
    return
  fi

  for table in $declared $further; do delete_table "$table"; done
  for table in $further; do delete_stack "$stack-$table"; done
  delete_stack "$tables_stack"
  if aws s3api head-bucket --bucket "$to" >/dev/null 2>&1; then aws s3 rb --force "s3://$to"; fi
}

# Twice protected: by the table's own switch, and by the stack, which leaves it behind. One that is gone already is passed over.
delete_table() {
  if ! aws dynamodb describe-table --table-name "$1" >/dev/null 2>&1; then return; fi
  say "delete table $1"
  aws dynamodb update-table --table-name "$1" --no-deletion-protection-enabled >/dev/null
  aws dynamodb wait table-exists --table-name "$1"
  aws dynamodb delete-table --table-name "$1" >/dev/null
  aws dynamodb wait table-not-exists --table-name "$1"
}

delete_stack() {
  aws cloudformation delete-stack --stack-name "$1"
  aws cloudformation wait stack-delete-complete --stack-name "$1"
}

command=${1:-}
shift || true
case $command in
  lint | build | deploy | smoke | versions | rollback | image | handler | serve | promote | finish | outputs | destroy) "$command" "$@" ;;
  next-table) next_table "$@" ;;
  "" | help | -h | --help) usage ;;
  *) usage >&2; fail "there is no command '$command'" ;;
esac
