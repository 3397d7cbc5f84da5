using NotifyQuery.AppHost.Backends;

namespace NotifyQuery.AppHost;

/// <summary>Runs the Handler's own check that tokens can be validated, before anything is started.</summary>
internal static class HandlerAccessCheck
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// What is missing in the settings of <c>Authentication:Schemes:Bearer</c>, and the fix; null if nothing is missing or no token is
    /// needed.
    /// </summary>
    public static string? Problem(Settings settings)
    {
        // A test changes the Handler's settings later, so this check does not apply.
        if (!settings.AccessRequired || settings.IsTest)
            return null;
        var project = new Projects.NotifyQuery_Handler().ProjectPath;
        if (ProcessModel.OutputOf(project) is not { } executable)
            return null;
        var check = CommandLine.Run(
            executable,
            Timeout,
            "check-access",
            "--environment=Development",
            $"--contentRoot={Path.GetDirectoryName(project)}",
            "--Access:Required=true"
        );
        return check is { ExitCode: not 0, Output: var problem } ? $"The Handler cannot start: {problem.Trim()}" : null;
    }
}
