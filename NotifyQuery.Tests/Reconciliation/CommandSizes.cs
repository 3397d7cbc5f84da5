using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>The size of commands that are put into a real table.</summary>
internal static class CommandSizes
{
    /// <summary>What is too large in the scenario is so only once it is projected: as a command, the engine has to take it.</summary>
    public static CommandState Fitting(CommandState state) =>
        state.Read(AttributeNames.Body).Text is { } ? state.With(AttributeNames.Body, new string('x', ItemSize.Limit - 200)) : state;
}
