using System.Security.Cryptography;
using System.Text;
using Aspire.Dashboard.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Aspire.Dashboard.Security;

/// <summary>
/// Lets in who has the token that was printed at the start. The browser keeps a cookie made from it, so a new token ends all sessions.
/// </summary>
internal sealed class Login
{
    private readonly byte[] _token;
    private readonly string _session;

    private Login(string token)
    {
        _token = Encoding.UTF8.GetBytes(token);
        _session = Convert.ToHexStringLower(HMACSHA256.HashData(_token, "aspire-dashboard session"u8));
    }

    public static void Use(WebApplication app, DashboardOptions options)
    {
        app.Use((context, next) => context.Request.Path == "/health" ? ErrorAnswer.WriteAsync(context, StatusCodes.Status200OK, "Healthy") : next(context));
        var login = options.BrowserToken is { } token ? new Login(token) : null;
        app.Use((context, next) =>
        {
            var path = context.Request.Path;
            if (path == "/login")
                return LogInAsync(login, context);
            if (login is null || StaticPages.IsFile(path) || login.HasSession(context))
                return next(context);
            if (path.StartsWithSegments("/api"))
                return ErrorAnswer.WriteAsync(context, StatusCodes.Status401Unauthorized, "Log in first, by the link that the AppHost has printed.");
            context.Response.Redirect($"/login?returnUrl={Uri.EscapeDataString(path + context.Request.QueryString)}");
            return Task.CompletedTask;
        });
    }

    private static Task LogInAsync(Login? login, HttpContext context)
    {
        var given = context.Request.Query["t"].ToString();
        if (login is null || login.IsToken(given))
        {
            login?.OpenSession(context);
            context.Response.Redirect(Local(context.Request.Query["returnUrl"]));
            return Task.CompletedTask;
        }

        return StaticPages.SendLoginAsync(context, given.Length > 0 ? StatusCodes.Status401Unauthorized : StatusCodes.Status200OK);
    }

    private bool IsToken(string given) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), _token);

    private bool HasSession(HttpContext context) => context.Request.Cookies[CookieName(context)] is { } session
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(session), Encoding.UTF8.GetBytes(_session));

    private void OpenSession(HttpContext context) => context.Response.Cookies.Append(CookieName(context), _session, new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        IsEssential = true,
        Path = "/",
        MaxAge = TimeSpan.FromDays(3),
    });

    /// <summary>Browsers do not tell ports apart; two dashboards on one machine must not log each other out.</summary>
    private static string CookieName(HttpContext context) => FormattableString.Invariant($"aspire-dashboard-{context.Connection.LocalPort}");

    private static string Local(string? url) =>
        url is ['/', not ('/' or '\\'), ..] && !url.Any(char.IsControl) && !url.StartsWith("/login", StringComparison.Ordinal) ? url : "/";
}
