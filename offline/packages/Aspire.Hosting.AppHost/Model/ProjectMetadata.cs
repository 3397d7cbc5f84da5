using System.Text.Json;
using System.Text.Json.Serialization;

namespace Aspire.Hosting
{
    public interface IProjectMetadata : IResourceAnnotation
    {
        string ProjectPath { get; }

        LaunchSettings? LaunchSettings => null;

        bool SuppressBuild => false;

        bool IsFileBasedApp => string.Equals(Path.GetExtension(ProjectPath), ".cs", StringComparison.OrdinalIgnoreCase);
    }

    public sealed class LaunchSettings
    {
        [JsonPropertyName("profiles")]
        public Dictionary<string, LaunchProfile> Profiles { get; set; } = [];
    }

    public sealed class LaunchProfile
    {
        [JsonPropertyName("commandName")]
        public string? CommandName { get; set; }

        [JsonPropertyName("commandLineArgs")]
        public string? CommandLineArgs { get; set; }

        [JsonPropertyName("executablePath")]
        public string? ExecutablePath { get; set; }

        [JsonPropertyName("dotnetRunMessages")]
        public bool? DotnetRunMessages { get; set; }

        [JsonPropertyName("launchBrowser")]
        public bool? LaunchBrowser { get; set; }

        [JsonPropertyName("launchUrl")]
        public string? LaunchUrl { get; set; }

        [JsonPropertyName("applicationUrl")]
        public string? ApplicationUrl { get; set; }

        [JsonPropertyName("environmentVariables")]
        public Dictionary<string, string> EnvironmentVariables { get; set; } = [];
    }

    [JsonSourceGenerationOptions(ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true)]
    [JsonSerializable(typeof(LaunchSettings))]
    internal sealed partial class LaunchSettingsJson : JsonSerializerContext;

    /// <summary>A project that was given by path.</summary>
    internal sealed class ProjectPathMetadata(string projectPath) : IProjectMetadata
    {
        public string ProjectPath { get; } = projectPath;
    }
}

namespace Aspire.Hosting.ApplicationModel
{
    public sealed class LaunchProfileAnnotation(string launchProfileName) : IResourceAnnotation
    {
        public string LaunchProfileName { get; } = launchProfileName;
    }

    public sealed class DefaultLaunchProfileAnnotation(string launchProfileName) : IResourceAnnotation
    {
        public string LaunchProfileName { get; } = launchProfileName;
    }

    public sealed class ExcludeLaunchProfileAnnotation : IResourceAnnotation;

    public static class ProjectResourceExtensions
    {
        public static IEnumerable<ProjectResource> GetProjectResources(this DistributedApplicationModel model)
        {
            ArgumentNullException.ThrowIfNull(model);
            return model.Resources.OfType<ProjectResource>();
        }

        public static IProjectMetadata GetProjectMetadata(this ProjectResource projectResource)
        {
            ArgumentNullException.ThrowIfNull(projectResource);
            return projectResource.Annotations.OfType<IProjectMetadata>().Last();
        }
    }
}
