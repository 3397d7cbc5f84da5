using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace NotifyQuery.ServiceDefaults;

/// <summary>The probes of every web process.</summary>
public static class HealthEndpoints
{
    private const string Health = "/health";
    private const string Alive = "/alive";
    private const string Live = "live";

    /// <summary>Adds telemetry and the check that the process itself is alive.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddTelemetry(builder.Configuration);
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [Live]);
        return builder;
    }

    /// <summary>
    /// Maps <c>/health</c> (ready to serve: all checks pass) and <c>/alive</c> (the process works: a failure means it should be restarted).
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealthChecks(Health);
        app.MapHealthChecks(Alive, new HealthCheckOptions { Predicate = check => check.Tags.Contains(Live) });
        return app;
    }

    internal static bool IsProbe(PathString path) => path == Health || path == Alive;
}
