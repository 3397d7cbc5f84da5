using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Trace;

namespace NotifyQuery.ServiceDefaults;

/// <summary>The probes of every web process.</summary>
public static class HealthEndpoints
{
    private const string Health = "/health";
    private const string Alive = "/alive";
    private const string Status = "/status"; // of those that have one, asked again and again
    private const string Live = "live";

    /// <summary>Adds telemetry and the check that the process itself is alive.</summary>
    /// <param name="builder">The process.</param>
    /// <param name="tracing">What the process adds to the tracing.</param>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder, Action<TracerProviderBuilder>? tracing = null)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddTelemetry(builder.Configuration, tracing);
        // Its scope would put the path of a request beside each log line of it, and a path may name a user.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [Live]);
        return builder;
    }

    /// <summary>
    /// Lets a server that is meant for this machine be asked under the machine's own names only (<c>AllowedHosts</c> says otherwise): a web
    /// page whose name is made to lead here (DNS rebinding) could read the answers.
    /// </summary>
    public static TBuilder AnswerToLocalNamesOnly<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Configuration["AllowedHosts"] ??= "localhost;127.0.0.1;[::1]";
        return builder;
    }

    /// <summary>
    /// Maps <c>/health</c> (ready to serve: all checks pass) and <c>/alive</c> (the process works: a failure means it should be restarted).
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealthChecks(Health, new HealthCheckOptions { ResponseWriter = WriteAsync });
        app.MapHealthChecks(Alive, new HealthCheckOptions { Predicate = check => check.Tags.Contains(Live) });
        return app;
    }

    /// <summary>The state in the first line, and a line for each check that has something to say about it.</summary>
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
