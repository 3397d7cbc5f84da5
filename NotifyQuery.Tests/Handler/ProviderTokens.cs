namespace NotifyQuery.Tests.Handler;

/// <summary>
/// Access tokens in the shapes in which real providers issue them, and the settings by which they are taken: those of the recipes in
/// docs/api.md.
/// </summary>
/// <param name="Name">The provider.</param>
/// <param name="Issuer">What it calls itself, to the letter.</param>
/// <param name="Settings">The recipe, but for the provider's address.</param>
/// <param name="Create">The claims of an access token, for a subject with some of our scopes.</param>
/// <param name="CreateIdToken">
/// The claims of an ID token of the same user, which is none for an API; null where it has another audience anyway.
/// </param>
internal sealed record ProviderTokens(
    string Name,
    string Issuer,
    IReadOnlyList<(string Key, string Value)> Settings,
    Func<string, string[], Dictionary<string, object>> Create,
    Func<string, Dictionary<string, object>>? CreateIdToken = null
)
{
    private const string Audiences = "Authentication:Schemes:Bearer:ValidAudiences";

    public static IReadOnlyList<ProviderTokens> All { get; } =
    [
        // No aud: the app's client stands for it. Scopes carry the name of the resource server.
        new(
            "Cognito",
            "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
            [
                ("Access:AudienceClaim", "client_id"),
                ($"{Audiences}:0", "web-client"),
                ($"{Audiences}:1", "mobile-client"),
                ("Access:Scopes:user", "notifyquery/user"),
                ("Access:Scopes:campaign", "notifyquery/campaign"),
                ("Access:Scopes:support", "notifyquery/support"),
                ("Access:Scopes:body", "notifyquery/body"),
            ],
            (subject, scopes) =>
                new()
                {
                    ["sub"] = subject,
                    ["client_id"] = "mobile-client",
                    ["token_use"] = "access",
                    ["version"] = 2,
                    ["username"] = "a-name",
                    ["scope"] = string.Join(' ', scopes.Select(scope => $"notifyquery/{scope}").Prepend("openid")),
                    ["cognito:groups"] = new[] { "support" },
                },
            subject =>
                new()
                {
                    ["sub"] = subject,
                    ["aud"] = "web-client",
                    ["client_id"] = "web-client",
                    ["token_use"] = "id",
                    ["scope"] = "notifyquery/support",
                }
        ),
        // Scopes in scp, a text; the user in oid, since sub is another one for each app.
        new(
            "Entra",
            "https://login.microsoftonline.com/5f1c3d2e-0000-4000-8000-000000000001/v2.0",
            [
                ($"{Audiences}:0", "7d0e6f5a-0000-4000-8000-000000000002"),
                ("Access:SubjectClaim", "oid"),
                ("Access:Scopes:user", "Notifications.Own"),
                ("Access:Scopes:campaign", "Notifications.Campaign"),
                ("Access:Scopes:support", "Notifications.All"),
                ("Access:Scopes:body", "Notifications.Body"),
            ],
            (subject, scopes) =>
                new()
                {
                    ["sub"] = "pairwise",
                    ["oid"] = subject,
                    ["aud"] = "7d0e6f5a-0000-4000-8000-000000000002",
                    ["ver"] = "2.0",
                    ["azp"] = "another-app",
                    ["roles"] = new[] { "support" },
                    ["scp"] = string.Join(
                        ' ',
                        scopes.Select(scope =>
                            scope switch
                            {
                                "user" => "Notifications.Own",
                                "campaign" => "Notifications.Campaign",
                                "support" => "Notifications.All",
                                _ => "Notifications.Body",
                            }
                        )
                    ),
                }
        ),
        // Scopes in scp, a list.
        new(
            "Okta",
            "https://example.okta.com/oauth2/default",
            [($"{Audiences}:0", "api://notifyquery")],
            (subject, scopes) =>
                new()
                {
                    ["sub"] = subject,
                    ["aud"] = "api://notifyquery",
                    ["cid"] = "a-client",
                    ["uid"] = "00u1",
                    ["ver"] = 1,
                    ["scp"] = scopes,
                }
        ),
        // An issuer that ends with a slash; what a user may do in permissions, beside the scopes that the app asked for.
        new(
            "Auth0",
            "https://example.eu.auth0.com/",
            [($"{Audiences}:0", "https://notifyquery.example.com"), ("Access:ScopeClaims", "permissions")],
            (subject, scopes) =>
                new()
                {
                    ["sub"] = subject,
                    ["aud"] = new[] { "https://notifyquery.example.com", "https://example.eu.auth0.com/userinfo" },
                    ["azp"] = "a-client",
                    ["scope"] = "openid profile support",
                    ["permissions"] = scopes,
                }
        ),
        // Roles of the realm within an object, and an ID token that differs in a claim only.
        new(
            "Keycloak",
            "https://id.example.com/realms/main",
            [
                ("Access:AudienceClaim", "azp"),
                ($"{Audiences}:0", "notifyquery-web"),
                ("Access:ScopeClaims", "realm_access.roles, resource_access.notify.query.roles"),
                ("Access:Scopes:support", "notify-support"),
                ("Access:Scopes:user", "notify-user"),
                ("Access:Scopes:campaign", "notify-campaign"),
            ],
            (subject, scopes) =>
                new()
                {
                    ["sub"] = subject,
                    ["aud"] = "account",
                    ["azp"] = "notifyquery-web",
                    ["typ"] = "Bearer",
                    ["scope"] = "openid support",
                    ["realm_access"] = new Dictionary<string, object>
                    {
                        ["roles"] = scopes.Select(scope => $"notify-{scope}").Append("not a support role").ToArray(),
                    },
                    ["resource_access"] = new Dictionary<string, object>
                    {
                        ["notify.query"] = new Dictionary<string, object> { ["roles"] = scopes.Contains("body") ? new[] { "body" } : [] },
                    },
                },
            subject =>
                new()
                {
                    ["sub"] = subject,
                    ["aud"] = "notifyquery-web",
                    ["azp"] = "notifyquery-web",
                    ["typ"] = "ID",
                    ["realm_access"] = new Dictionary<string, object> { ["roles"] = new[] { "notify-support" } },
                }
        ),
    ];
}
