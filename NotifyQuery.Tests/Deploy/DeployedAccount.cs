using System.Security.Cryptography;
using System.Text;

namespace NotifyQuery.Tests.Deploy;

/// <summary>An account that has the stack, as it is played to deploy.sh, and what the script calls there.</summary>
internal static class DeployedAccount
{
    public const string Stack =
        "aws cloudformation deploy --stack-name nq --template-file deploy/stack.template.yaml --capabilities CAPABILITY_NAMED_IAM "
        + "--no-fail-on-empty-changeset --parameter-overrides";
    public const string Stream = "arn:aws:dynamodb:us-east-1:123456789012:table/command-records/stream/1";
    public const string CheckStream = "dotnet run --project NotifyQuery.Tools -c Release -- check-stream --endpoint aws --allow-writes";
    public const string CheckApi =
        "dotnet run --project NotifyQuery.Tools -c Release -- check-api --endpoint aws --gateway https://gw.example.com";
    public const string NoStack = "*describe-stacks\\ --stack-name\\ nq) echo 'Stack with id nq does not exist' >&2; exit 254 ;;";

    public static readonly string Former = DigestOf("the former zip");
    public static readonly string Older = DigestOf("an older zip");

    /// <summary>
    /// An account that has the stack; the former zip runs there. A zip is what its name says, and the functions run what the stack was
    /// last told.
    /// </summary>
    public static readonly string Deployed = $$"""
        *get-caller-identity*) echo 123456789012 ;;
        *ParameterKey==\'ArtifactKey\'*) echo functions-arm64-{{Former}}.zip ;;
        *ParameterKey==\'CommandRecordsStream\'*) echo {{Stream}} ;;
        *ParameterKey==\'JwtIssuer\'*) echo https://issuer.example.com ;;
        *ParameterKey==\'JwtAudience\'*) echo notifyquery ;;
        *ParameterKey==\'JwtAudienceClaim\'*) echo aud ;;
        *ParameterKey==\'JwtSubjectClaim\'*) echo sub ;;
        *ParameterKey==\'JwtScopeClaims\'*) echo scope,scp ;;
        curl*) echo '{"issuer":"https://issuer.example.com"}' ;;
        *OutputKey==\'GatewayUrl\'*) echo https://gw.example.com ;;
        *OutputKey==\'QueryResultFunction\'*) echo nq-QueryResult ;;
        *ParameterKey==\'QueryTable\'*) echo notification-records ;;
        *ParameterKey==\'NextQueryTableKeySpread\'*) echo 32 ;;
        *LatestStreamArn*) echo {{Stream}} ;;
        *get-template\ --stack-name\ nq-tables*) cat deploy/tables.template.json ;;
        *IndexName==\'status-index\'*) echo status_key ;;
        *list-tags-of-resource*) echo 16 ;;
        *LogicalResourceId==\'NotificationRecords\'*) echo NotificationRecords ;;
        *get-public-access-block*) echo True True True True ;;
        *get-bucket-versioning*) echo Enabled ;;
        *put-object*) echo v2 ;;
        *head-object*) echo v1 ;;
        *get-object\ *{{Former}}*) printf 'the former zip' >"${@: -1}" ;;
        *get-object\ *{{Older}}*) printf 'an older zip' >"${@: -1}" ;;
        *get-function-configuration*) printf "$(grep -o 'ArtifactKey=functions-[a-z0-9_]*-[0-9a-f]*' "$PLAY/calls" | tail -n 1 | sed 's/.*-//; s/../\\x&/g')" | base64 ;;
        *list-objects-v2*) printf '%s\t%s\n' 2026-11-25 functions-arm64-c.zip 2026-11-24 functions-arm64-{{Former}}.zip 2026-11-23 functions-arm64-{{Older}}.zip ;;
        """;

    public static string DigestOf(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(content)));
}
