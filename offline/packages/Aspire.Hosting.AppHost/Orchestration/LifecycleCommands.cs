namespace Aspire.Hosting.Orchestration;

/// <summary>The commands that everything has which the orchestrator starts.</summary>
internal static class LifecycleCommands
{
    public static void AddTo(IResource resource, ApplicationOrchestrator orchestrator)
    {
        Add(resource, KnownResourceCommands.StartCommand, "Start", "Play",
            state => state is null || IsOver(state) || state == KnownResourceStates.Waiting ? ResourceCommandState.Enabled
                : state == KnownResourceStates.Starting ? ResourceCommandState.Disabled
                : ResourceCommandState.Hidden,
            context => orchestrator.StartAsync(resource, context.CancellationToken));
        Add(resource, KnownResourceCommands.StopCommand, "Stop", "Stop",
            state => state == KnownResourceStates.Running ? ResourceCommandState.Enabled
                : IsOver(state) ? ResourceCommandState.Hidden
                : ResourceCommandState.Disabled,
            context => orchestrator.StopAsync(resource, context.CancellationToken));
        Add(resource, KnownResourceCommands.RestartCommand, "Restart", "ArrowCounterclockwise",
            state => state == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
            context => orchestrator.RestartAsync(resource, context.CancellationToken));
    }

    private static bool IsOver(string? state) => state is not null
        && (KnownResourceStates.TerminalStates.Contains(state) || state == KnownResourceStates.NotStarted || state == KnownResourceStates.RuntimeUnhealthy);

    private static void Add(IResource resource, string name, string displayName, string icon, Func<string?, ResourceCommandState> availability,
        Func<ExecuteCommandContext, Task<ExecuteCommandResult>> execute)
    {
        // A command of the user's by that name takes precedence.
        if (resource.Annotations.OfType<ResourceCommandAnnotation>().Any(command => command.Name == name))
            return;
        resource.Annotations.Add(new ResourceCommandAnnotation(name, displayName, context => availability(context.ResourceSnapshot.State?.Text), execute,
            null, null, null, icon, IconVariant.Filled, isHighlighted: name != KnownResourceCommands.RestartCommand));
    }
}
