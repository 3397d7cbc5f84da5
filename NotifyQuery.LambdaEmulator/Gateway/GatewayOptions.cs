using System.Collections;
using System.Collections.Immutable;

namespace NotifyQuery.LambdaEmulator.Gateway;

internal sealed record GatewayOptions
{
    /// <summary>AWS's limits for an HTTP API: body, request line, header block, and integration time.</summary>
    public const int MaxBody = 10 * 1024 * 1024;

    public const int MaxHeaders = 10_240;

    public const string DefaultStage = "$default";

    private const string StageVariable = "APIGATEWAY_EMULATOR_STAGE";
    private const string MappingVariable = "APIGATEWAY_EMULATOR_MAPPING_KEY";
    private const string IssuerVariable = "APIGATEWAY_EMULATOR_JWT_ISSUER";
    private const string AudienceVariable = "APIGATEWAY_EMULATOR_JWT_AUDIENCE";
    private const string ScopesVariable = "APIGATEWAY_EMULATOR_JWT_SCOPES";

    public string Host { get; init; } = "localhost";

    public int Port { get; init; }

    public required RouteTable Routes { get; init; }

    public TimeSpan IntegrationTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The stage. A stage other than the default is the prefix of each path.</summary>
    public string Stage { get; init; } = DefaultStage;

    /// <summary>
    /// The mapping key of a custom domain, such as <c>v1</c> or <c>orders/v1</c>. It is the prefix of each path, instead of the stage.
    /// </summary>
    public string MappingKey { get; init; } = "";

    /// <summary>The authorizer of all routes; null for none.</summary>
    public JwtOptions? Jwt { get; init; }

    /// <summary>The prefix of each path; empty for none.</summary>
    public string Prefix =>
        MappingKey.Length > 0 ? $"/{MappingKey}"
        : Stage == DefaultStage ? ""
        : $"/{Stage}";

    /// <summary>Adds the stage and the authorizer from environment variables.</summary>
    public GatewayOptions With(IDictionary environment)
    {
        var issuer = Value(IssuerVariable);
        var audience = List(AudienceVariable);
        if (issuer.Length > 0 && (audience.Length == 0 || !Uri.TryCreate(issuer, UriKind.Absolute, out _)))
            throw new UsageException(
                $"{IssuerVariable} is '{issuer}': set it to the issuer's address, and the audiences in {AudienceVariable}, separated by "
                    + $"commas."
            );
        return this with
        {
            Stage = Value(StageVariable) is { Length: > 0 } stage ? stage.Trim('/') : Stage,
            MappingKey = Value(MappingVariable).Trim('/'),
            Jwt = issuer.Length > 0 ? new JwtOptions(issuer, audience, List(ScopesVariable)) : null,
        };

        string Value(string name) => environment[name] as string ?? "";

        ImmutableArray<string> List(string name) =>
            [.. Value(name).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
    }
}
