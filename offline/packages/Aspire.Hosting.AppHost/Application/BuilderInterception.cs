using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>
/// How the testing package gets hold of the builder and the application that an AppHost's own <c>Main</c> creates. It flows with
/// the asynchronous context of the thread that runs <c>Main</c>, so several AppHosts can be intercepted side by side.
/// </summary>
internal abstract class BuilderInterception
{
    private static readonly AsyncLocal<BuilderInterception?> s_current = new();

    public static void Install(BuilderInterception interception) => s_current.Value = interception;

    /// <summary>Only the first builder of a <c>Main</c> is the AppHost's; one that it creates later is its own business.</summary>
    public static BuilderInterception? Take()
    {
        var current = s_current.Value;
        if (current is not null)
            s_current.Value = null;
        return current;
    }

    public abstract void OnBuilderCreating(DistributedApplicationOptions options, HostApplicationBuilderSettings settings);

    /// <summary>The model is complete. Runs inside <see cref="DistributedApplicationBuilder.Build"/> and may hold it back.</summary>
    public abstract void OnBuilding(DistributedApplicationBuilder builder);

    public abstract void OnBuilt(DistributedApplication application);
}
