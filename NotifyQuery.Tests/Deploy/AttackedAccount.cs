namespace NotifyQuery.Tests.Deploy;

/// <summary>The account, the zip and the image with which deploy.sh is attacked.</summary>
internal static class AttackedAccount
{
    public const string Image = "registry.example.com/handler@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    public static readonly string Digest = DeployedAccount.DigestOf("a zip");

    public static readonly string Account = $$"""
        *get-caller-identity*) echo 123456789012 ;;
        *ParameterKey==\'CommandRecordsStream\'*) echo the-stream ;;
        *ParameterKey==\'JwtIssuer\'*) echo https://issuer.example.com ;;
        *ParameterKey==\'JwtAudience\'*) echo notifyquery ;;
        *OutputKey==\'GatewayUrl\'*) echo https://gw.example.com ;;
        *ParameterKey==\'OtlpEndpoint\'*) echo https://collector.of.the.stack ;;
        *OutputKey==\'QueryResultFunction\'*) echo nq-QueryResult ;;
        *LatestStreamArn*) echo the-stream ;;
        *get-template*) cat deploy/tables.template.json ;;
        *IndexName==\'status-index\'*) echo status_key ;;
        *list-tags-of-resource*) echo 16 ;;
        *LogicalResourceId==\'NotificationRecords\'*) echo NotificationRecords ;;
        *get-public-access-block*) echo True True True True ;;
        *get-bucket-versioning*) echo Enabled ;;
        *put-object*) echo v1 ;;
        *head-object*) echo v1 ;;
        *get-object\ *) printf 'a zip' >"${@: -1}" ;;
        *get-function-configuration*) printf "$(sed 's/../\\x&/g' <<<{{Digest}})" | base64 ;;
        *"get service"*) echo lb.internal ;;
        *configmap*) printf '%s\n' "$@" ;;
        *kustomize*) PATH=${PATH#*:} kubectl "$@" ;;
        """;
}
