using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>Reads <c>Properties/launchSettings.json</c> of a project and picks the profile that applies.</summary>
internal static class LaunchProfiles
{
    public static LaunchSettings? Read(string projectDirectory)
    {
        var path = Path.Combine(projectDirectory, "Properties", "launchSettings.json");
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), LaunchSettingsJson.Default.LaunchSettings);
        }
        catch (JsonException exception)
        {
            throw new DistributedApplicationException($"The launch settings '{path}' are not valid: {exception.Message}", exception);
        }
    }

    /// <summary>Null when the project has none, or none is wanted.</summary>
    public static (string Name, LaunchProfile Profile)? Effective(IResource project, IConfiguration configuration)
    {
        if (project.HasAnnotationOfType<ExcludeLaunchProfileAnnotation>() || !project.TryGetLastAnnotation<IProjectMetadata>(out var metadata))
            return null;
        var settings = metadata.LaunchSettings ?? Read(Path.GetDirectoryName(metadata.ProjectPath)!);
        if (project.TryGetLastAnnotation<LaunchProfileAnnotation>(out var chosen))
        {
            return settings?.Profiles.TryGetValue(chosen.LaunchProfileName, out var profile) is true
                ? (chosen.LaunchProfileName, profile)
                : throw new DistributedApplicationException(
                    $"Launch profile '{chosen.LaunchProfileName}' was not found in the launch settings of the project '{metadata.ProjectPath}'.");
        }

        var preferred = configuration["AppHost:DefaultLaunchProfileName"] ?? configuration["DOTNET_LAUNCH_PROFILE"];
        if (preferred is not null && settings?.Profiles.TryGetValue(preferred, out var same) is true)
            return (preferred, same);
        return settings?.Profiles
            .Where(profile => profile.Value.CommandName is null or "Project" or "Executable")
            .Select(profile => ((string, LaunchProfile)?)(profile.Key, profile.Value))
            .FirstOrDefault();
    }

    /// <summary>Splits a command line at blanks; double quotes keep blanks, a backslash keeps a quote.</summary>
    public static IEnumerable<string> Arguments(string commandLine)
    {
        var argument = new StringBuilder();
        var (quoted, any) = (false, false);
        for (var i = 0; i < commandLine.Length; i++)
        {
            var c = commandLine[i];
            if (c == '\\' && i + 1 < commandLine.Length && commandLine[i + 1] == '"')
            {
                argument.Append('"');
                any = true;
                i++;
            }
            else if (c == '"')
            {
                quoted = !quoted;
                any = true;
            }
            else if (char.IsWhiteSpace(c) && !quoted)
            {
                if (any)
                    yield return argument.ToString();
                argument.Clear();
                any = false;
            }
            else
            {
                argument.Append(c);
                any = true;
            }
        }

        if (any)
            yield return argument.ToString();
    }
}
