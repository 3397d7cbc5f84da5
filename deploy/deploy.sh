#!/usr/bin/env bash
# Deploys NotifyQuery to an AWS account, and removes it. docs/deploy.md has the details.
set -euo pipefail
shopt -s inherit_errexit 2>/dev/null || true
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'END'
Usage: deploy/deploy.sh <command>

  lint                            check the templates and the manifests
  build                           build and zip the functions for the stack's architecture, from the real packages
  deploy [Parameter=value ...]    lint, build, upload, create or change the stacks, smoke test; roll the functions back if it fails
  smoke                           test the deployed system: a write must arrive, and the API must return what it should
  versions                        list the functions' zips that were uploaded; the one that runs is marked
  rollback [key]                  run an earlier zip: the given one, or the newest before the one that runs

  image                           build the Handler's image as a tar archive (needs access to the base image's registry)
  handler <dev|prod> <image>      apply the Handler to the cluster of the current kubectl context; prod takes an image by its digest

  next-table <table> [keys]       create a second query table, and have it written beside the first. It spreads a campaign, and a status on
                                  a day, over this number of keys (1 to 256; default: the one in tables.template.json)
  serve <current|next>            select which of the two is read
  promote                         make the next table the current one
  finish                          stop writing the former table (when the wait that 'promote' names is over)

  outputs                         show the stack's outputs
  destroy [--with-data] [--yes]   delete the stack; with --with-data its tables and zips too. Asks for the stack's name unless --yes

Settings, from the environment:
  NOTIFYQUERY_STACK        name of the stack (notifyquery); the tables' is <name>-tables
  NOTIFYQUERY_ARCH         arm64 (default) or x86_64
  NOTIFYQUERY_BUCKET       bucket for the zips (<stack>-<account>-<region>); it must belong to the account, be private and be versioned
  NOTIFYQUERY_ZIP          an existing zip, instead of a build
  NOTIFYQUERY_COUNTERPARTS yes: build from the counterparts of packages that the feed lacks (not for production)
  NOTIFYQUERY_BASE_IMAGE   the Handler's base image by its digest (<registry>/dotnet/aspnet@sha256:...), instead of the newest one of .NET
  NOTIFYQUERY_SMOKE        0: no smoke test after 'deploy'
  NOTIFYQUERY_TOKEN        a token with the scope support, for the smoke test, if the API requires one
  AWS_REGION, AWS_PROFILE  and all other settings of the AWS CLI

Settings of 'handler':
  NOTIFYQUERY_HANDLER_SOURCES       CIDR blocks that may reach the Handler, separated by commas; prod needs them
  NOTIFYQUERY_HANDLER_DESTINATIONS  CIDR blocks that the Handler may reach, separated by commas; prod needs them
  NOTIFYQUERY_HANDLER_TLS           yes: TLS up to the pods, with the certificate in the secret handler-tls (docs/deploy.md)
  NOTIFYQUERY_ACCESS_REQUIRED       false: callers need no token (dev only)
  NOTIFYQUERY_OTLP_ENDPOINT         where telemetry goes (dev only; otherwise the stack's OtlpEndpoint)
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

# Sets the account and the bucket for the zips. Every S3 call includes the expected owner, because bucket names are global and easy to
# guess.
locate_bucket() {
  account=$(aws sts get-caller-identity --query Account --output text)
  region=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region)}}
  own_bucket=$stack-$account-$region
  bucket=${NOTIFYQUERY_BUCKET:-$own_bucket}
}

s3() { aws s3api "$1" --bucket "$bucket" --expected-bucket-owner "$account" "${@:2}"; }

# Whether the bucket exists and belongs to the account. Any other response of S3 ends the script, so that no bucket is created by mistake.
bucket_exists() {
  local answer
  if answer=$(s3 head-bucket 2>&1); then return; fi
  case $answer in
    *"(404)"*) return 1 ;;
    *"(403)"*) fail "the bucket $bucket belongs to another account, or this account has no access to it: set NOTIFYQUERY_BUCKET to a bucket of the account $account" ;;
    *) fail "the bucket $bucket cannot be checked: $answer" ;;
  esac
}

secure_bucket() {
  s3 put-public-access-block --public-access-block-configuration \
    BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
  s3 put-bucket-versioning --versioning-configuration Status=Enabled
}

# Checked on every run, because the public access block and the versioning can be switched off later.
check_bucket() {
  local public versions
  public=$(s3 get-public-access-block --output text \
    --query 'PublicAccessBlockConfiguration.[BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets]' || true)
  [ "$(echo "$public" | xargs)" = "True True True True" ] || fail "the bucket $bucket may be public: enable all four settings of its public access block"
  versions=$(s3 get-bucket-versioning --query Status --output text || true)
  [ "$versions" = Enabled ] || fail "the bucket $bucket has no versioning: enable it"
}

stack_exists() {
  local answer
  if answer=$(aws cloudformation describe-stacks --stack-name "$1" 2>&1 >/dev/null); then return; fi
  case $answer in
    *"does not exist"*) return 1 ;;
    *) fail "the stack $1 cannot be checked: $answer" ;;
  esac
}

# Fails for a stack of this name that is not NotifyQuery's, so it is never changed or deleted. The templates' declarations identify our
# stacks.
check_own() {
  local status declared
  status=$(aws cloudformation describe-stacks --stack-name "$1" --query 'Stacks[0].StackStatus' --output text)
  # A first change set that was never executed leaves an empty stack.
  [ "$status" != REVIEW_IN_PROGRESS ] || return 0
  if [ "$1" = "$stack" ]; then
    declared=$(parameter CommandRecordsStream)
  else
    declared=$(aws cloudformation list-stack-resources --stack-name "$1" --output text \
      --query "StackResourceSummaries[?LogicalResourceId=='NotificationRecords' && ResourceType=='AWS::DynamoDB::Table'].LogicalResourceId")
  fi
  [[ -n $declared && $declared != None ]] || fail "the stack $1 is not one of NotifyQuery's: set NOTIFYQUERY_STACK to another name"
}

output() {
  aws cloudformation describe-stacks --stack-name "$stack" --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue" --output text
}

parameter() {
  aws cloudformation describe-stacks --stack-name "$stack" --query "Stacks[0].Parameters[?ParameterKey=='$1'].ParameterValue" --output text
}

# Creates or updates the stack. Parameters that are not given keep their values.
change_stack() {
  if stack_exists "$stack"; then check_own "$stack"; fi
  aws cloudformation deploy --stack-name "$stack" --template-file deploy/stack.template.yaml \
    --capabilities CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset --parameter-overrides "$@"
}

# Creates or updates a stack of tables from a template, with parameters. A tag has the name of the main stack, so that 'destroy' finds it.
change_tables() {
  local parameters=()
  if [ $# -gt 2 ]; then parameters=(--parameter-overrides "${@:3}"); fi
  if stack_exists "$1"; then check_own "$1"; fi
  say "stack $1"
  aws cloudformation deploy --stack-name "$1" --template-file "$2" --no-fail-on-empty-changeset --tags "notifyquery=$stack" ${parameters[@]+"${parameters[@]}"}
}

# The template of the first tables, as a file. The keys of a table and its indexes cannot be changed in place. If the keys of the deployed
# query table differ from this version's, the file contains the deployed declaration, and 'next-table' creates the new table.
tables_template() {
  local keys='.Resources.NotificationRecords.Properties | [.KeySchema, .GlobalSecondaryIndexes]' deployed
  if stack_exists "$tables_stack"; then
    deployed=$(aws cloudformation get-template --stack-name "$tables_stack" --query TemplateBody --output json)
    if [ "$(jq -S "$keys" <<<"$deployed")" != "$(jq -S "$keys" deploy/tables.template.json)" ]; then
      mkdir -p artifacts
      jq --argjson deployed "$deployed" '.Resources.NotificationRecords = $deployed.Resources.NotificationRecords | .Parameters = $deployed.Parameters
        | if .Parameters == null then del(.Parameters) else . end' deploy/tables.template.json >artifacts/tables.template.json
      echo "The query table of $tables_stack keeps the keys that it has (docs/deploy.md, \"From the former keys\")." >&2
      echo artifacts/tables.template.json
      return
    fi
  fi
  echo deploy/tables.template.json
}

# The number of keys that a table spreads its shared keys over, from its tag; 0 for a table that was created before keys were spread.
spread_of() {
  local key arn spread
  key=$(aws dynamodb describe-table --table-name "$1" --output text \
    --query "Table.GlobalSecondaryIndexes[?IndexName=='status-index'].KeySchema[] | [?KeyType=='HASH'].AttributeName")
  case $key in
    status_key) ;;
    status_day) echo 0; return ;;
    *) fail "the table $1 has a status-index with the key '$key': it is not a query table of NotifyQuery" ;;
  esac
  arn=$(aws dynamodb describe-table --table-name "$1" --query Table.TableArn --output text)
  spread=$(aws dynamodb list-tags-of-resource --resource-arn "$arn" --query "Tags[?Key=='notifyquery-key-spread'].Value" --output text)
  [[ $spread =~ ^[0-9]+$ ]] || fail "the table $1 has no valid tag notifyquery-key-spread (the number of keys over which it spreads a campaign): set the tag again"
  echo "$spread"
}

# Deploys the functions of an earlier zip. Its name contains the architecture and the digest. A zip with another content is rejected.
run_zip() {
  local name='^functions-(arm64|x86_64)-([0-9a-f]{16,64})\.zip$' architecture digest version copy
  [[ $1 =~ $name ]] || fail "'$1' is not a zip of the functions: use one that 'deploy.sh versions' lists"
  architecture=${BASH_REMATCH[1]} digest=${BASH_REMATCH[2]}
  version=$(s3 head-object --key "$1" --query VersionId --output text)
  copy=$(mktemp)
  # shellcheck disable=SC2064 # expand the name now, not in the trap
  trap "rm -f '$copy'" EXIT
  s3 get-object --key "$1" --version-id "$version" "$copy" >/dev/null
  [[ $(digest_of "$copy") == "$digest"* ]] || fail "$1 in the bucket $bucket does not have the digest in its name: somebody replaced it, so it is not run"
  change_stack "ArtifactBucket=$bucket" "ArtifactKey=$1" "ArtifactVersion=$version" "Architecture=$architecture"
  check_code "$digest"
}

digest_of() { sha256sum "$1" | cut -d ' ' -f 1; }

# Fails unless each function runs the zip with this digest, or with a digest that starts with it.
check_code() {
  local function sha functions=(StreamProcessor Query QueryResult)
  if [ -n "$(parameter NextQueryTable)" ]; then functions+=(NextStreamProcessor); fi
  for function in "${functions[@]}"; do
    sha=$(aws lambda get-function-configuration --function-name "$stack-$function" --query CodeSha256 --output text)
    if [[ $(base64 -d <<<"$sha" 2>/dev/null | od -An -v -tx1 | tr -d ' \n') != "$1"* ]]; then
      echo "deploy.sh: $stack-$function does not run the zip with the digest $1 (its CodeSha256 is '$sha')" >&2
      return 1
    fi
  done
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

# Shows the package mode that the restore of a project selected. If the feed fails at the first restore, the packages count as missing.
check_packages() {
  local mode
  dotnet restore "$1" -v:q
  mode=$(dotnet msbuild "$1" -getProperty:PackageMode)
  say "package mode: $mode"
  [ "$mode" = nuget ] || [ "${NOTIFYQUERY_COUNTERPARTS:-}" = yes ] ||
    fail "$1 would be built from counterparts, not from the real packages: use a feed that has them and delete .package-mode.props, or set NOTIFYQUERY_COUNTERPARTS=yes"
}

build() {
  need dotnet zip
  check_packages NotifyQuery.Lambdas
  say "build the functions for $runtime"
  local linker=()
  if [ "$(uname -m)" != "$machine" ]; then
    # NuGet has the compiler for every architecture, but not the linker. Only clang can link for another architecture.
    if ! command -v clang >/dev/null || ! command -v "$machine-linux-gnu-gcc" >/dev/null; then
      fail "this machine is $(uname -m): to build for $arch install clang and $machine-linux-gnu-gcc (Debian: clang gcc-${machine/_/-}-linux-gnu), or build on a machine of that architecture, or set NOTIFYQUERY_ARCH"
    fi
    linker=("-p:ObjCopyName=$machine-linux-gnu-objcopy")
  elif ! command -v clang >/dev/null && ! command -v gcc >/dev/null; then
    fail "neither clang nor gcc is installed: the native build links with one of them (Debian: clang)"
  fi
  rm -rf "$artifacts"
  mkdir -p "$artifacts/publish"
  dotnet publish NotifyQuery.Lambdas -c Release -r "$runtime" ${linker[@]+"${linker[@]}"} -o "$artifacts/publish"
  # provided.al2023 starts an executable of this name. Symbols are not included.
  cp "$artifacts/publish/NotifyQuery.Lambdas" "$artifacts/bootstrap"
  touch -d 2000-01-01 "$artifacts/bootstrap" # the same build produces the same zip
  (cd "$artifacts" && zip -q -9 -X functions.zip bootstrap)
  wc -c "$artifacts/bootstrap"
  wc -c "$artifacts/functions.zip"
}

# Sets 'key' and 'version'.
upload() {
  if ! bucket_exists; then
    say "create bucket $bucket"
    local where=()
    if [ "$region" != us-east-1 ]; then where=(--create-bucket-configuration "LocationConstraint=$region"); fi
    aws s3api create-bucket --bucket "$bucket" ${where[@]+"${where[@]}"} >/dev/null
    secure_bucket
  elif [ "$bucket" = "$own_bucket" ]; then
    secure_bucket # an earlier deployment may have stopped between the two steps
  fi
  check_bucket
  digest=$(digest_of "$zip_file")
  key=functions-$arch-$digest.zip
  say "upload $key ($(wc -c <"$zip_file") bytes)"
  version=$(s3 put-object --key "$key" --body "$zip_file" --tagging "notifyquery=$stack" --query VersionId --output text)
}

deploy() {
  # Check all prerequisites before anything is changed. A failure later would leave an untested deployment, or roll it back.
  need aws jq cfn-lint sha256sum base64 od
  if [ "${NOTIFYQUERY_SMOKE:-1}" != 0 ]; then need dotnet; fi
  check_issuer "$@"
  check_token "$@"
  lint
  if [ -z "${NOTIFYQUERY_ZIP:-}" ]; then build; elif [ ! -f "$zip_file" ]; then fail "NOTIFYQUERY_ZIP is '$zip_file': there is no such file"; fi

  local former="" key version digest
  locate_bucket
  if stack_exists "$stack"; then
    check_own "$stack"
    former=$(parameter ArtifactKey)
  fi
  upload

  local template table="" spread stream
  template=$(tables_template)
  change_tables "$tables_stack" "$template"
  if stack_exists "$stack"; then table=$(parameter QueryTable); fi
  spread=$(spread_of "${table:-notification-records}")
  stream=$(aws dynamodb describe-table --table-name command-records --query Table.LatestStreamArn --output text)

  say "stack $stack"
  if [ "$spread" = 0 ]; then
    # The previous functions ignore this parameter. This version's functions must never run without it.
    change_stack "QueryTableKeySpread=0"
  fi
  change_stack "ArtifactBucket=$bucket" "ArtifactKey=$key" "ArtifactVersion=$version" "Architecture=$arch" "CommandRecordsStream=$stream" \
    "QueryTableKeySpread=$spread" "$@"
  outputs
  if [[ " $* " == *" Jwt"* ]]; then say "token settings: run 'deploy.sh handler' to apply them to the Handler"; fi
  local problem="the functions do not run the uploaded zip"
  if check_code "$digest"; then
    if [ "${NOTIFYQUERY_SMOKE:-1}" = 0 ] || smoke; then return; fi
    problem="the smoke test failed"
  fi
  if [ -n "$former" ] && [ "$former" != "$key" ]; then
    say "$problem: rolling back to $former"
    run_zip "$former"
  fi
  fail "$problem"
}

# Returns the result as the exit code and never ends the script, because a failed deployment must be rolled back.
smoke() {
  local gateway=""
  if ! command -v dotnet >/dev/null; then echo "deploy.sh: dotnet is not installed, so the smoke test cannot run" >&2; return 1; fi
  gateway=$(output GatewayUrl) || true
  if [[ $gateway != https://?* ]]; then echo "deploy.sh: the stack $stack has no valid output GatewayUrl (it is '$gateway')" >&2; return 1; fi
  say "smoke test of $gateway"
  dotnet run --project NotifyQuery.Tools -c Release -- check-stream --endpoint aws --allow-writes &&
    dotnet run --project NotifyQuery.Tools -c Release -- check-api --endpoint aws --gateway "$gateway"
}

# The value that a parameter of the stack will have: from the command line, otherwise the current value of the stack.
will_be() {
  local name=$1 argument
  for argument in "${@:2}"; do
    if [[ $argument == "$name="* ]]; then echo "${argument#*=}"; return; fi
  done
  if stack_exists "$stack"; then parameter "$name"; fi
}

# The smoke test calls the API. Without the required token it would fail, and a good deployment would be rolled back.
check_token() {
  [ "${NOTIFYQUERY_SMOKE:-1}" != 0 ] || return 0
  local issuer
  issuer=$(will_be JwtIssuer "$@")
  [ -z "$issuer" ] || [ -n "${NOTIFYQUERY_TOKEN:-}" ] ||
    fail "the API requires a token of $issuer: set NOTIFYQUERY_TOKEN to one with the scope support for the smoke test, or set NOTIFYQUERY_SMOKE=0"
}

# The issuer must be exactly the one in the tokens. The provider's own configuration has it; a trailing slash is easily lost.
check_issuer() {
  local issuer given=""
  for given in "$@"; do [[ $given != JwtIssuer=* ]] || break; given=""; done
  issuer=${given#JwtIssuer=}
  [ -n "$issuer" ] || return 0
  compare_issuer "$issuer"
}

compare_issuer() {
  local configuration="" named=""
  if command -v curl >/dev/null; then configuration=$(curl -fsS --max-time 10 "${1%/}/.well-known/openid-configuration") || configuration=""; fi
  named=$(jq -r '.issuer // empty' <<<"$configuration" 2>/dev/null) || named=""
  if [ -z "$named" ]; then
    echo "deploy.sh: the issuer's own name could not be read from $1: check that JwtIssuer is exactly the iss of its tokens" >&2
    return 0
  fi
  [ "$named" != "$1" ] || return 0
  if [ "${named%/}" = "${1%/}" ]; then
    fail "JwtIssuer is '$1', but the issuer and its tokens use '$named': they differ by a slash. Use JwtIssuer=$named"
  fi
  fail "JwtIssuer is '$1', but the provider there is the issuer '$named': set JwtIssuer to the iss of the tokens"
}

# The uploaded zips, newest first: time, key.
uploaded() {
  # shellcheck disable=SC2016 # the query's own quotes
  s3 list-objects-v2 --prefix "functions-$arch-" \
    --query 'reverse(sort_by(Contents || `[]`, &LastModified))[].[LastModified, Key]' --output text
}

versions() {
  local running
  locate_bucket
  running=$(parameter ArtifactKey)
  uploaded | awk -v running="$running" '{ print ($2 == running ? "*" : " "), $1, $2 }'
}

rollback() {
  need aws sha256sum base64 od
  local to=${1:-} running
  locate_bucket
  running=$(parameter ArtifactKey)
  if [ -z "$to" ]; then to=$(uploaded | awk -v running="$running" 'before { print $2; before = 0 } $2 == running { before = 1 }'); fi
  [ -n "$to" ] || fail "there is no zip older than $running: use one that 'deploy.sh versions' lists"
  check_bucket
  say "$running -> $to"
  run_zip "$to"
}

image() {
  need dotnet
  local base=(-p:ContainerFamily=noble-chiseled)
  if [ -n "${NOTIFYQUERY_BASE_IMAGE:-}" ]; then
    [[ $NOTIFYQUERY_BASE_IMAGE =~ ^[a-z0-9][A-Za-z0-9./:_-]*@sha256:[0-9a-f]{64}$ ]] ||
      fail "NOTIFYQUERY_BASE_IMAGE is '$NOTIFYQUERY_BASE_IMAGE': name an image by its digest, <registry>/dotnet/aspnet@sha256:<digest>"
    base=("-p:ContainerBaseImage=$NOTIFYQUERY_BASE_IMAGE")
  fi
  check_packages NotifyQuery.Handler
  mkdir -p artifacts
  # The SDK builds the image itself, without Docker. It downloads the base image from its registry.
  dotnet publish NotifyQuery.Handler -c Release -r "$runtime" --self-contained false -t:PublishContainer \
    -p:ContainerRepository=notifyquery-handler "${base[@]}" -p:ContainerArchiveOutputPath="$PWD/artifacts/handler-$arch.tar.gz"
  echo "artifacts/handler-$arch.tar.gz: load it ('docker load') and push it to the registry of the cluster"
}

# JSON for a patch: a jq filter is applied to each CIDR block of a list.
blocks() {
  local block='^[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}$' it
  for it in ${2//,/ }; do [[ $it =~ $block ]] || fail "$1 contains '$it': give CIDR blocks such as 10.0.1.0/24, separated by commas"; done
  [[ $1 != *_SOURCES || $2 != */0* ]] || fail "$1 is '$2': that allows everybody; give the subnets that requests come from"
  jq -cn --arg blocks "$2" "\$blocks | split(\",\") | map($3)"
}

handler() {
  need kubectl aws openssl jq
  local overlay=${1:-} image=${2:-} function issuer tokens setting host access=${NOTIFYQUERY_ACCESS_REQUIRED:-true} collector=${NOTIFYQUERY_OTLP_ENDPOINT:-}
  local settings=() tls=${NOTIFYQUERY_HANDLER_TLS:-no}
  local sources=${NOTIFYQUERY_HANDLER_SOURCES:-} destinations=${NOTIFYQUERY_HANDLER_DESTINATIONS:-}
  case $overlay in dev | prod) ;; *) fail "handler needs an overlay: dev or prod" ;; esac
  [ -n "$image" ] || fail "handler needs the image, such as <registry>/notifyquery-handler@sha256:<digest>"
  [[ $image =~ ^[A-Za-z0-9][A-Za-z0-9./:_-]*(@sha256:[0-9a-f]{64})?$ ]] || fail "'$image' is not a valid image name"
  case $access in true | false) ;; *) fail "NOTIFYQUERY_ACCESS_REQUIRED is '$access': it must be true or false" ;; esac
  case $tls in yes | no) ;; *) fail "NOTIFYQUERY_HANDLER_TLS is '$tls': it must be yes or no" ;; esac
  if [ "$overlay" = prod ]; then
    # Production settings must come from the stack and the command, not from the environment of an operator's shell.
    [ "$access" = true ] || fail "NOTIFYQUERY_ACCESS_REQUIRED is false: in production callers need a token"
    [ -z "$collector" ] || fail "NOTIFYQUERY_OTLP_ENDPOINT is set: in production the stack sets where telemetry goes (deploy.sh deploy OtlpEndpoint=...)"
    [[ $image == *@sha256:* ]] || fail "'$image' has a tag, which can be moved: in production give the image by its digest, <registry>/notifyquery-handler@sha256:<digest>"
    [ -n "$sources" ] || fail "NOTIFYQUERY_HANDLER_SOURCES is not set: in production it must contain the CIDR blocks of the Query function's subnets and of the load balancer's"
    [ -n "$destinations" ] || fail "NOTIFYQUERY_HANDLER_DESTINATIONS is not set: in production it must contain the CIDR blocks of the Lambda endpoint, the identity provider and the collector"
  fi
  # Read before anything is applied: if this fails, the script ends here.
  function=$(output QueryResultFunction)
  [[ -n $function && $function != None ]] || fail "the stack $stack has no output QueryResultFunction: run 'deploy.sh deploy'"
  issuer=$(parameter JwtIssuer)
  if [ "$access" = true ]; then
    [ -n "$issuer" ] || fail "callers need a token, but the stack has no JwtIssuer: run 'deploy.sh deploy JwtIssuer=https://... JwtAudience=...'"
    compare_issuer "$issuer"
  fi
  if [ -z "$collector" ]; then collector=$(parameter OtlpEndpoint); fi
  tokens=$(token_settings "$access")
  while read -r setting; do [ -z "$setting" ] || settings+=("--from-literal=$setting"); done <<<"$tokens"
  render "$overlay" "$image" "$sources" "$destinations" "$tls"
  kubectl apply -f deploy/eks/base/namespace.yaml
  if [ "$tls" = yes ]; then
    kubectl -n notifyquery get secret handler-tls >/dev/null ||
      fail "there is no secret handler-tls with the Handler's certificate: run 'kubectl -n notifyquery create secret tls handler-tls --cert=... --key=...'"
  fi
  kubectl -n notifyquery create configmap handler --dry-run=client -o yaml \
    --from-literal="QueryResult__FunctionName=$function" \
    --from-literal="OTEL_EXPORTER_OTLP_ENDPOINT=$collector" \
    --from-literal="Access__Required=$access" \
    --from-literal="Authentication__Schemes__Bearer__Authority=$issuer" \
    ${settings[@]+"${settings[@]}"} |
    kubectl apply -f -
  # Created only once: with another key, all existing cursors would be rejected.
  kubectl -n notifyquery get secret handler-cursor >/dev/null 2>&1 ||
    kubectl -n notifyquery create secret generic handler-cursor --from-file=Cursor__Key=<(openssl rand -hex 32 | tr -d '\n')
  kubectl kustomize artifacts/handler | kubectl apply -f -
  kubectl -n notifyquery rollout status deployment/handler --timeout=5m
  host=$(kubectl -n notifyquery get service handler -o jsonpath='{.status.loadBalancer.ingress[0].hostname}')
  [ -n "$host" ] || fail "the load balancer has no address yet: run the same command again in a few minutes"
  if [ "$tls" = yes ]; then
    echo "The Handler serves HTTPS under the names in its certificate. Point one of them to $host, then run:"
    echo "deploy/deploy.sh deploy HandlerBaseAddress=https://<that name> HandlerSubnets=... HandlerSecurityGroup=... (and HandlerCertificateAuthority=\"\$(cat ca.pem)\" for a private authority)"
  else
    echo "The Handler is at http://$host. Now run: deploy/deploy.sh deploy HandlerBaseAddress=http://$host HandlerSubnets=... HandlerSecurityGroup=..."
  fi
}

# The stack's token settings, one setting of the Handler per line. Each audience, claim or scope is one setting.
token_settings() {
  local audiences claim subject claims scopes it scope number=0 one='^(user|campaign|support|body)=[^ ,=]+$'
  audiences=$(parameter JwtAudience)
  for it in ${audiences//,/ }; do
    echo "Authentication__Schemes__Bearer__ValidAudiences__$number=$it"
    number=$((number + 1))
  done
  [ "$number" -gt 0 ] || [ "$1" = false ] || fail "callers need a token, but the stack has no JwtAudience: run 'deploy.sh deploy JwtAudience=...'"
  claim=$(parameter JwtAudienceClaim) subject=$(parameter JwtSubjectClaim) claims=$(parameter JwtScopeClaims) scopes=$(parameter JwtScopes)
  echo "Access__AudienceClaim=$claim"
  echo "Access__SubjectClaim=$subject"
  echo "Access__ScopeClaims=$claims"
  number=0
  for it in $scopes; do
    [[ $it =~ $one ]] || fail "JwtScopes has '$it': it must be user, campaign, support or body, followed by = and the issuer's name for it"
    scope=${it%%=*}
    echo "Access__Scopes__${scope}__$number=${it#*=}"
    number=$((number + 1))
  done
}

# Writes artifacts/handler: the overlay with its image and its network rules.
render() {
  local overlay=$1 image=$2 name tag
  name=${image%%@*}
  case $image in
    *@*) tag="digest: ${image#*@}" ;;
    *:*) name=${image%:*} tag="newTag: \"${image##*:}\"" ;;
    *) tag="newTag: latest" ;;
  esac
  rm -rf artifacts/handler
  mkdir -p artifacts/handler
  {
    echo "resources: [../../deploy/eks/overlays/$overlay]"
    if [ "$5" = yes ]; then echo "components: [../../deploy/eks/components/tls]"; fi
    echo "images: [{name: notifyquery-handler, newName: $name, $tag}]"
    echo "patches:"
    if [ -n "$3" ]; then
      local from ranges
      from=$(blocks NOTIFYQUERY_HANDLER_SOURCES "$3" '{ipBlock: {cidr: .}}')
      ranges=$(blocks NOTIFYQUERY_HANDLER_SOURCES "$3" .)
      patch NetworkPolicy "[{\"op\": \"replace\", \"path\": \"/spec/ingress/0/from\", \"value\": $from}]"
      patch Service "[{\"op\": \"replace\", \"path\": \"/spec/loadBalancerSourceRanges\", \"value\": $ranges}]"
    fi
    if [ -n "$4" ]; then
      local to
      to=$(blocks NOTIFYQUERY_HANDLER_DESTINATIONS "$4" '{ipBlock: ({cidr: .} + if . == "0.0.0.0/0" then {except: ["169.254.0.0/16"]} else {} end)}')
      patch NetworkPolicy "[{\"op\": \"replace\", \"path\": \"/spec/egress/0/to\", \"value\": $to}]"
    fi
  } >artifacts/handler/kustomization.yaml
}

patch() { printf -- "- target: {kind: %s, name: handler}\n  patch: '%s'\n" "$1" "$2"; }

next_table() {
  need aws jq
  local table=${1:-} spread=${2:-} template setting=""
  [[ $table =~ ^[A-Za-z0-9_.-]{3,255}$ ]] || fail "next-table needs the new table's name, such as notification-records-2"
  if [ -z "$spread" ]; then spread=$(declared_spread); fi
  [[ $spread =~ ^[1-9][0-9]{0,2}$ && $spread -le 256 ]] || fail "'$spread' is not a valid number of keys: it must be from 1 to 256"
  [ "$table" != "$(parameter QueryTable)" ] || fail "$table is the current query table"
  if stack_exists "$stack-$table"; then
    [ "$(spread_of "$table")" = "$spread" ] || fail "$table already exists, and spreads a campaign over $(spread_of "$table") keys, not $spread: this cannot be changed, use another table name"
  fi
  template=$(mktemp)
  # shellcheck disable=SC2064 # expand the name now, not in the trap
  trap "rm -f '$template'" EXIT
  # The same table declaration, with another table name.
  jq --arg table "$table" \
    '.Description = "NotifyQuery: a query table" | .Resources |= { NotificationRecords } | .Resources.NotificationRecords.Properties.TableName = $table' \
    deploy/tables.template.json >"$template"
  change_tables "$stack-$table" "$template" "KeySpread=$spread"
  say "write $table beside $(parameter QueryTable)"
  change_stack "NextQueryTable=$table" "NextQueryTableKeySpread=$spread" "ServedQueryTable=current"
  setting="Tables__NotificationRecords=$table Tables__KeySpread=$spread"
  cat <<END
Now fill it, compare it, and read from it:
  $setting dotnet run --project NotifyQuery.Tools -- rebuild --endpoint aws
  $setting dotnet run --project NotifyQuery.Tools -- reconcile --endpoint aws
  deploy/deploy.sh serve next
END
}

declared_spread() { jq .Parameters.KeySpread.Default deploy/tables.template.json; }

serve() {
  case ${1:-} in
    current) ;;
    next) [ -n "$(parameter NextQueryTable)" ] || fail "there is no next table: create one with 'deploy.sh next-table <table>'" ;;
    *) fail "serve needs current or next" ;;
  esac
  change_stack "ServedQueryTable=$1"
}

promote() {
  local next
  next=$(parameter NextQueryTable)
  [ -n "$next" ] || fail "there is no next table: create one with 'deploy.sh next-table <table>'"
  [ "$(parameter ServedQueryTable)" = next ] || fail "$next is not read yet: run 'deploy.sh serve next'"
  # From now on both processors write the new table, so that nothing between their positions in the stream is lost.
  change_stack "QueryTable=$next" "QueryTableKeySpread=$(parameter NextQueryTableKeySpread)" "ServedQueryTable=current"
  echo "Wait until the iterator age of $stack-NextStreamProcessor (dashboard) is less than the time since this message; then run: deploy/deploy.sh finish"
}

finish() {
  [ -n "$(parameter NextQueryTable)" ] || fail "there is nothing to finish"
  [ "$(parameter NextQueryTable)" = "$(parameter QueryTable)" ] || fail "the next table is not the current one yet: run 'deploy.sh promote'"
  change_stack "NextQueryTable="
}

outputs() { aws cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].Outputs[].[OutputKey, OutputValue]' --output text; }

destroy() {
  need aws jq
  local argument with_data="" yes="" answer="" table name listed found
  for argument in "$@"; do
    case $argument in
      --with-data) with_data=1 ;;
      --yes) yes=1 ;;
      *) fail "destroy has only the options --with-data and --yes" ;;
    esac
  done
  locate_bucket

  local stacks=() tables=() zips=()
  if stack_exists "$stack"; then check_own "$stack"; fi
  if [ -n "$with_data" ]; then
    # Complete every list before anything is deleted: if a query fails, the script ends here.
    listed=$(tables_stacks)
    for name in $listed; do
      check_own "$name"
      stacks+=("$name")
      found=$(tables_of "$name")
      for table in $found; do tables+=("$table"); done
    done
    if bucket_exists; then
      found=$(zips_of_stack)
      while read -r name; do [ -z "$name" ] || zips+=("$name"); done <<<"$found"
    fi
  fi

  echo "This deletes the stack $stack of the account $account in $region."
  if [ -n "$with_data" ]; then
    echo "It also deletes permanently: the tables ${tables[*]-}, and ${#zips[@]} zips in the bucket $bucket."
  fi
  if [ -z "$yes" ]; then
    read -r -p "Type the stack's name to continue: " answer || true
    [ "$answer" = "$stack" ] || fail "nothing was deleted: the answer is not '$stack'"
  fi

  say "delete stack $stack"
  delete_stack "$stack"
  if [ -z "$with_data" ]; then
    echo "The tables (stack $tables_stack) and the zips (bucket $bucket) are still there."
    return
  fi

  # Delete the tables before their stacks: while a stack exists, it lists its tables.
  for table in ${tables[@]+"${tables[@]}"}; do delete_table "$table"; done
  for name in ${stacks[@]+"${stacks[@]}"}; do delete_stack "$name"; done
  for name in ${zips[@]+"${zips[@]}"}; do s3 delete-object --key "${name%% *}" --version-id "${name#* }" >/dev/null; done
  if [ "$bucket" != "$own_bucket" ]; then
    echo "The bucket $bucket is kept: it is not the stack's own bucket ($own_bucket)."
  elif bucket_exists; then
    # Not forced: S3 refuses to delete a bucket that is not empty.
    s3 delete-bucket || echo "The bucket $bucket is kept: check what else it contains."
  fi
}

# The stacks of tables of this stack: the first one by its name, those of 'next-table' by their tag.
tables_stacks() {
  local tagged
  tagged=$(aws cloudformation describe-stacks --output text --query "Stacks[?Tags[?Key=='notifyquery' && Value=='$stack']].[StackName]")
  if stack_exists "$tables_stack"; then echo "$tables_stack"; fi
  grep -vxF -e "$tables_stack" -e None -e "" <<<"$tagged" || true
}

# The tables that a stack created. If a creation failed because the name was in use, the table is not the stack's.
tables_of() {
  local made='"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_FAILED", "IMPORT_COMPLETE", "DELETE_FAILED", "UPDATE_ROLLBACK_COMPLETE"' resources
  resources=$(aws cloudformation list-stack-resources --stack-name "$1" --output json)
  jq -r ".StackResourceSummaries[]? | select(.ResourceType == \"AWS::DynamoDB::Table\" and (.ResourceStatus | IN($made))) | .PhysicalResourceId" <<<"$resources"
}

# Each version of each zip that this stack uploaded, as 'key version'. In a bucket that is not the stack's own, versions without a tag and
# delete markers (which have no tags) may belong to another stack, so they are left out. If a tag cannot be read, the script ends.
zips_of_stack() {
  local kind key version owner objects
  objects=$(s3 list-object-versions --prefix functions- --output json)
  jq -r '(.Versions[]? | ["zip", .Key, .VersionId]), (.DeleteMarkers[]? | ["marker", .Key, .VersionId]) |
    select(.[1] | test("^functions-(arm64|x86_64)-[^/]+[.]zip$")) | join(" ")' <<<"$objects" |
    while read -r kind key version; do
      owner=""
      if [ "$kind" = zip ]; then
        owner=$(s3 get-object-tagging --key "$key" --version-id "$version" --output text --query "TagSet[?Key=='notifyquery'].Value" </dev/null)
      fi
      if [ "$owner" = "$stack" ] || { [ -z "$owner" ] && [ "$bucket" = "$own_bucket" ]; }; then echo "$key $version"; fi
    done
}

# A table is protected twice: by its own deletion protection, and by the stack, which retains it. A table that no longer exists is skipped.
delete_table() {
  local answer
  if ! answer=$(aws dynamodb describe-table --table-name "$1" 2>&1 >/dev/null); then
    case $answer in *ResourceNotFoundException*) return ;; *) fail "the table $1 cannot be checked: $answer" ;; esac
  fi
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
