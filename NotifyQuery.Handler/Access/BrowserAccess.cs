using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Net.Http.Headers;

namespace NotifyQuery.Handler.Access;

/// <summary>Which web pages of other origins may read responses (CORS): none, unless configured.</summary>
internal static class BrowserAccess
{
    /// <summary>Adds CORS for the origins in <c>Cors:Origins</c>, separated by commas; <c>*</c> for every origin.</summary>
    /// <exception cref="InvalidOperationException">The message says which setting is wrong, and the fix.</exception>
    public static WebApplicationBuilder AddBrowserAccess(this WebApplicationBuilder builder)
    {
        var (origins, maximumAge) = (
            ReadOrigins(builder.Configuration["Cors:Origins"]),
            ReadMaximumAge(builder.Configuration["Cors:MaxAgeSeconds"])
        );
        if (origins.Length == 0)
            return builder;
        builder.Services.AddCors(cors =>
            cors.AddDefaultPolicy(policy =>
                policy
                    .WithOrigins(origins)
                    .WithMethods(HttpMethods.Get, HttpMethods.Head)
                    .WithHeaders(HeaderNames.Authorization, HeaderNames.IfNoneMatch, HeaderNames.IfMatch)
                    .WithExposedHeaders(HeaderNames.ETag, HeaderNames.RetryAfter, HeaderNames.WWWAuthenticate)
                    .SetPreflightMaxAge(maximumAge)
            )
        );
        return builder;
    }

    /// <summary>Adds the CORS middleware, if any origin is allowed. Otherwise OPTIONS is an unsupported method like any other.</summary>
    public static IApplicationBuilder UseBrowserAccess(this WebApplication app) =>
        app.Services.GetService<ICorsService>() is null ? app : app.UseCors();

    private static string[] ReadOrigins(string? text)
    {
        var origins = (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (var origin in origins)
        {
            if (origin == "*" ? origins.Length == 1 : IsOrigin(origin))
                continue;
            throw new InvalidOperationException(
                origin == "*"
                    ? "Cors:Origins names * and other origins: use * alone to allow every origin"
                    : $"Cors:Origins names '{origin}', which is not an origin: give the scheme, the host, and the port if it is "
                        + "not the default, like https://app.example.com, several separated by commas"
            );
        }

        return origins;
    }

    /// <summary>The origin must be exactly as a browser sends it, because browsers compare it character by character.</summary>
    private static bool IsOrigin(string text) =>
        Ascii.IsValid(text)
        && Uri.TryCreate(text, UriKind.Absolute, out var address)
        && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
        && address.GetLeftPart(UriPartial.Authority) == text
        && address.UserInfo.Length == 0;

    private static TimeSpan ReadMaximumAge(string? text)
    {
        var seconds = 600;
        if (text is not null && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seconds) || seconds > 86_400))
            throw new InvalidOperationException($"Cors:MaxAgeSeconds is '{text}': give a whole number of seconds from 0 to 86400");
        return TimeSpan.FromSeconds(seconds);
    }
}
