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
        if (!settings.Required) return builder;

        builder.Services.AddAuthorization().AddSingleton<UncheckedTokens>();
        var scheme = builder.Services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme);
        scheme.Configure(options => options.BackchannelTimeout = UncheckedTokens.Patience); // before the scheme's own settings, which may say otherwise
        builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        scheme
            .PostConfigure<UncheckedTokens>((options, withoutKeys) =>
            {
                options.Events = new() { OnChallenge = withoutKeys.AnswerAsync };
                options.MapInboundClaims = false; // claims keep the names they have in the token
                // Left to itself the scheme does not check what is not configured; with an authority the issuer is the one it names.
                var valid = options.TokenValidationParameters;
                (valid.ValidateIssuer, valid.ValidateAudience) = (true, true);
                // What was checked at the start is what counts: ASP.NET's own reading knows no Audience, and fails on two keys of one issuer.
                (valid.ValidIssuers, valid.ValidAudiences, valid.IssuerSigningKeys) = (settings.Issuers, settings.Audiences, settings.SigningKeys);
            })
            .ValidateOnStart(); // an authority that is no https address is refused now, not at the first request
        return builder;
    }

    /// <summary>Checks the token of each request, if access is required.</summary>
    public static IApplicationBuilder UseAccess(this WebApplication app) =>
        app.Services.GetRequiredService<AccessSettings>().Required ? app.UseAuthentication().UseAuthorization() : app;

    /// <summary>Whoever has no valid token learns so before anything else of his request is looked at.</summary>
    public static TBuilder RequireAccess<TBuilder>(this TBuilder endpoints, AccessSettings settings)
        where TBuilder : IEndpointConventionBuilder => settings.Required ? endpoints.RequireAuthorization() : endpoints;

    /// <summary>Who asks. Scopes stand in one claim, separated by blanks (RFC 8693), or in one claim each.</summary>
    public static Caller CallerOf(this AccessSettings settings, HttpContext http) => settings.Required
        ? Caller.Of(http.User.FindFirst("sub")?.Value, http.User.FindAll("scope").SelectMany(claim => claim.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        : Caller.Anybody;

    /// <summary>Says to whoever has no valid token what to do; what is wrong with the one he has stands in <c>WWW-Authenticate</c>.</summary>
    public static void Explain(ProblemDetailsContext context)
    {
        if (context.ProblemDetails.Status is StatusCodes.Status401Unauthorized)
            context.ProblemDetails.Detail ??= "Send a valid token: Authorization: Bearer <token>.";
    }

    /// <summary>The answer to a caller whose token is good, but not for this (RFC 6750).</summary>
    public static ProblemHttpResult Refuse(HttpContext http, QueryKind kind, string detail)
    {
        http.Response.Headers.Append(HeaderNames.WWWAuthenticate, $"Bearer error=\"insufficient_scope\", scope=\"{string.Join(' ', Caller.ScopesFor(kind))}\"");
        return TypedResults.Problem(detail, statusCode: StatusCodes.Status403Forbidden);
    }
}
