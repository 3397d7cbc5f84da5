using System.Reflection;

namespace Aspire.Hosting;

public sealed class DistributedApplicationOptions
{
    public string[]? Args { get; set; }

    /// <summary>Name of the assembly that holds the AppHost and its build metadata; the entry assembly when not set.</summary>
    public string? AssemblyName { get; set; }

    public bool DisableDashboard { get; set; }

    public bool AllowUnsecuredTransport { get; set; }

    /// <summary>Forwards what the resources print to the AppHost's logging, category <c>{application}.Resources.{resource}</c>.</summary>
    public bool EnableResourceLogging { get; set; }

    public string? ContainerRegistryOverride { get; set; }

    public string? ProjectDirectory { get; set; }

    /// <summary>The application's name in the dashboard; without it, the AppHost's.</summary>
    public string? DashboardApplicationName { get; set; }

    internal Assembly? Assembly => AssemblyName is null ? Assembly.GetEntryAssembly() : Assembly.Load(AssemblyName);
}
