using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Trace;

namespace NotifyQuery.ServiceDefaults;

/// <summary>The health endpoints of every web process.</summary>
public static class ServiceDefaultsExtensions
{
    private const string Health = "/health";
    private const string Alive = "/alive";
    private const string Status = "/status"; // only in some processes; polled continuously
    private const string Live = "live";

    /// <summary>Adds telemetry and the liveness check.</summary>
    /// <param name="builder">The host builder.</param>
    /// <param name="tracing">Additional tracing of the process.</param>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder, Action<TracerProviderBuilder>? tracing = null)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddTelemetry(builder.Configuration, tracing);
        // The logging scope of this category would add the request path to each log line, and a path may contain a user id.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [Live]);
        return builder;
    }

    /// <summary>
    /// Accepts only requests for this machine's own host names; <c>AllowedHosts</c> overrides this. Otherwise a web page with a domain name
    /// that points to this machine (DNS rebinding) could read the responses.
    /// </summary>
    public static TBuilder AnswerToLocalNamesOnly<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Configuration["AllowedHosts"] ??= "localhost;127.0.0.1;[::1]";
        return builder;
    }

    /// <summary>
    /// Maps <c>/health</c> (readiness: all checks pass) and <c>/alive</c> (liveness: a failure means that the process should be restarted).
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealthChecks(Health, new HealthCheckOptions { ResponseWriter = WriteAsync });
        app.MapHealthChecks(Alive, new HealthCheckOptions { Predicate = check => check.Tags.Contains(Live) });
        return app;
    }

    /// <summary>Writes the state in the first line, and one line for each check with a description.</summary>
    private static Task WriteAsync(HttpContext http, HealthReport report)
    {
        http.Response.ContentType = "text/plain; charset=utf-8";
        var reasons = report
            .Entries.Where(entry => entry.Value.Status is not HealthStatus.Healthy)
            .Select(entry => $"\n{entry.Key}: {entry.Value.Description ?? entry.Value.Status.ToString()}");
        return http.Response.WriteAsync(report.Status + string.Concat(reasons), http.RequestAborted);
    }

    internal static bool IsProbe(PathString path) => path == Health || path == Alive || path == Status;
}
