using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace NotifyQuery.AppHost;

internal static class RunExtensions
{
    /// <summary>Runs the system until it is stopped. A stop during the start is a stop like any other.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunToEndAsync(this DistributedApplication app)
    {
        var stopping = app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        try
        {
            await app.RunAsync();
        }
        catch (Exception exception) when (stopping.IsCancellationRequested && exception.GetBaseException() is OperationCanceledException)
        {
            // The start was under way.
        }

        return 0;
    }
}
