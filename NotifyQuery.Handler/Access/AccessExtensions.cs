using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.Handler.Access;

/// <summary>Bearer tokens: who may ask. The rules of what he may ask are the core's (<see cref="Caller"/>).</summary>
internal static class AccessExtensions
{
    /// <summary>Adds the check of tokens, if access is required.</summary>
    public static WebApplicationBuilder AddAccess(this WebApplicationBuilder builder)
    {
        var settings = AccessSettings.From(builder.Configuration, builder.Environment);
        builder.Services.AddSingleton(settings);
        if (!settings.Required)
            return builder;

        builder.Services.AddAuthorization().AddSingleton<ProviderKeys>().AddSingleton<TokenRules>().AddSingleton<UncheckedTokens>();
        if (settings.HasProvider)
        {
            builder.Services.AddHostedService<ProviderKeysAtStart>();
            builder.Services.AddHealthChecks().AddCheck<ProviderKeysHealth>("token-keys");
        }

        var scheme = builder.Services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme);
        // before the scheme's own settings, which may say otherwise
        scheme.Configure(options => options.BackchannelTimeout = UncheckedTokens.TimeLimit);
        builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        scheme
            .PostConfigure<TokenRules, ProviderKeys, UncheckedTokens>(
                (options, rules, keys, withoutKeys) =>
                {
                    options.Events = new()
                    {
                        OnMessageReceived = withoutKeys.FetchKeysAsync,
                        OnAuthenticationFailed = withoutKeys.LookForNewKeysAsync,
                        OnChallenge = withoutKeys.AnswerAsync,
                    };
                    options.MapInboundClaims = false; // claims keep the names they have in the token
                    rules.ApplyTo(options.TokenValidationParameters);
                    // Keys come by ProviderKeys: the scheme itself would fetch them once for each request that waits.
                    keys.From(options.ConfigurationManager);
                    options.ConfigurationManager = null;
                }
            )
            .ValidateOnStart(); // an authority that is no https address is refused now, not at the first request
        return builder;
    }

    /// <summary>Checks the token of each request, if access is required.</summary>
    public static IApplicationBuilder UseAccess(this WebApplication app) =>
        app.Services.GetRequiredService<AccessSettings>().Required ? app.UseAuthentication().UseAuthorization() : app;

    /// <summary>Whoever has no valid token learns so before anything else of his request is looked at.</summary>
    public static TBuilder RequireAccess<TBuilder>(this TBuilder endpoints, AccessSettings settings)
        where TBuilder : IEndpointConventionBuilder => settings.Required ? endpoints.RequireAuthorization() : endpoints;

    /// <summary>
    /// Who asks. The subject is a user's id only if the users' issuer says so: another's may be the same text, and another person.
    /// </summary>
    public static Caller CallerOf(this AccessSettings settings, HttpContext http)
    {
        if (!settings.Required)
            return Caller.Anybody;
        var isOfUsers = settings.UserIssuer is null || http.User.FindFirst("iss")?.Value == settings.UserIssuer;
        return Caller.Of(isOfUsers ? settings.Claims.SubjectOf(http.User) : null, settings.Claims.ScopesOf(http.User));
    }

    /// <summary>
    /// Says to whoever has no valid token what to do; what is wrong with the one he has stands in <c>WWW-Authenticate</c>.
    /// </summary>
    public static void Explain(ProblemDetailsContext context)
    {
        if (context.ProblemDetails.Status is StatusCodes.Status401Unauthorized)
            context.ProblemDetails.Detail ??= "Send a valid token: Authorization: Bearer <token>.";
    }

    /// <summary>
    /// The answer to a caller whose token is good, but not for this (RFC 6750). The scopes have the names that the provider gives them.
    /// </summary>
    public static ProblemHttpResult Refuse(HttpContext http, AccessSettings settings, QueryDefinition definition, string detail)
    {
        var scopes = definition.Scopes.SelectMany(settings.Claims.NamesOf).Where(IsScope);
        http.Response.Headers.Append(
            HeaderNames.WWWAuthenticate,
            $"Bearer error=\"insufficient_scope\", scope=\"{string.Join(' ', scopes)}\""
        );
        return TypedResults.Problem(detail, statusCode: StatusCodes.Status403Forbidden);
    }

    /// <summary>Whether a name may stand in the header (RFC 6749, scope-token): a role's may have blanks.</summary>
    private static bool IsScope(string name) => name.All(character => character is '!' or (>= '#' and <= '[') or (>= ']' and <= '~'));
}
