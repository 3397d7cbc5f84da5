namespace Aspire.Hosting.AWS.Lambda;

/// <summary>
/// The first three options are for the installation of the tool. Nothing is installed here: the tool must exist, or the resource must get
/// another command.
/// </summary>
public class LambdaEmulatorOptions
{
    public bool DisableAutoInstall { get; set; }

    public string? OverrideMinimumInstallVersion { get; set; }

    public bool AllowDowngrade { get; set; }

    /// <summary>A fixed port; null for any free one.</summary>
    public int? HttpPort { get; set; }

    /// <summary>Accepted: there is no https endpoint here.</summary>
    public bool DisableHttpsEndpoint { get; set; }

    /// <summary>The folder of the settings of the real tool's web page; an empty string for none.</summary>
    public string? ConfigStoragePath { get; set; }
}
