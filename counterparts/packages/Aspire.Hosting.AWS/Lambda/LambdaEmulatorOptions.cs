namespace Aspire.Hosting.AWS.Lambda;

/// <summary>The first three concern the installation of the real tool; here it is part of the build, and nothing is installed.</summary>
public class LambdaEmulatorOptions
{
    public bool DisableAutoInstall { get; set; }

    public string? OverrideMinimumInstallVersion { get; set; }

    public bool AllowDowngrade { get; set; }

    /// <summary>A fixed port; null for any free one.</summary>
    public int? HttpPort { get; set; }

    /// <summary>Where the real tool's page stores its settings; an empty string for nowhere.</summary>
    public string? ConfigStoragePath { get; set; }
}
