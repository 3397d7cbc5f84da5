using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.Handler.Access;

/// <summary>Authentication with bearer tokens. The core decides what a caller may do (<see cref="Caller"/>).</summary>
internal static class AccessExtensions
{
    /// <summary>Adds token authentication, if access control is on.</summary>
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
        // Registered before the scheme's own settings, so that they can override this default.
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
                    options.MapInboundClaims = false; // claims keep their names from the token
                    rules.ApplyTo(options.TokenValidationParameters);
                    // ProviderKeys fetches the keys. The scheme itself would fetch them once for each waiting request.
                    keys.From(options.ConfigurationManager);
                    options.ConfigurationManager = null;
                }
            )
            .ValidateOnStart(); // what ASP.NET itself refuses is refused now, not at the first request
        return builder;
    }

    /// <summary>Authenticates each request, if access control is on.</summary>
    public static IApplicationBuilder UseAccess(this WebApplication app) =>
        app.Services.GetRequiredService<AccessSettings>().Required ? app.UseAuthentication().UseAuthorization() : app;

    /// <summary>Rejects callers without a valid token before anything else of the request is examined.</summary>
    public static TBuilder RequireAccess<TBuilder>(this TBuilder endpoints, AccessSettings settings)
        where TBuilder : IEndpointConventionBuilder => settings.Required ? endpoints.RequireAuthorization() : endpoints;

    /// <summary>
    /// The caller of a request. The subject is a user id only if the token is from the users' issuer: the same text from another issuer is
    /// another person.
    /// </summary>
    public static Caller CallerOf(this AccessSettings settings, HttpContext http)
    {
        if (!settings.Required)
            return Caller.Anybody;
        var isOfUsers = settings.UserIssuer is null || http.User.FindFirst("iss")?.Value == settings.UserIssuer;
        return Caller.Of(isOfUsers ? settings.Claims.SubjectOf(http.User) : null, settings.Claims.ScopesOf(http.User));
    }

    /// <summary>Tells callers without a valid token what to do. <c>WWW-Authenticate</c> says what is wrong with the token.</summary>
    public static void Explain(ProblemDetailsContext context)
    {
        if (context.ProblemDetails.Status is StatusCodes.Status401Unauthorized)
            context.ProblemDetails.Detail ??= "Send a valid token: Authorization: Bearer <token>.";
    }

    /// <summary>
    /// The response for a caller with a valid token but without the required scope (RFC 6750). The scopes have the provider's names.
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

    /// <summary>Whether a name is valid in the header (RFC 6749, scope-token). A role name may contain spaces.</summary>
    private static bool IsScope(string name) => name.All(character => character is '!' or (>= '#' and <= '[') or (>= ']' and <= '~'));
}
