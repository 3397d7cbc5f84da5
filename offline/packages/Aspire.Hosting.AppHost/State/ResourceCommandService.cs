using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Executes the commands of resources, as a click in the dashboard would.</summary>
public class ResourceCommandService
{
    private readonly ResourceNotificationService _notifications;
    private readonly ResourceLoggerService _loggers;
    private readonly IServiceProvider _services;

    internal ResourceCommandService(ResourceNotificationService notifications, ResourceLoggerService loggers, IServiceProvider services)
    {
        _notifications = notifications;
        _loggers = loggers;
        _services = services;
    }

    public Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, CancellationToken cancellationToken = default) =>
        _notifications.TryGetCurrentState(resourceId, out var state)
            ? ExecuteAsync(state.Resource, state.ResourceId, commandName, cancellationToken)
            : Task.FromResult(CommandResults.Failure($"Resource '{resourceId}' not found."));

    public Task<ExecuteCommandResult> ExecuteCommandAsync(IResource resource, string commandName, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return ExecuteAsync(resource, resource.InstanceId(), commandName, cancellationToken);
    }

    private async Task<ExecuteCommandResult> ExecuteAsync(IResource resource, string id, string commandName, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(commandName);
        // "resource-start" and the like are the names of earlier versions.
        const string Earlier = "resource-";
        var command = Find(commandName) ?? (commandName.StartsWith(Earlier, StringComparison.Ordinal) ? Find(commandName[Earlier.Length..]) : null);
        if (command is null)
            return CommandResults.Failure($"Command '{commandName}' not available for resource '{resource.Name}'.");

        var log = _loggers.GetLogger(resource);
        try
        {
            log.LogInformation("Executing command '{Command}'.", command.Name);
            var result = await command.ExecuteCommand(new()
            {
                ServiceProvider = _services,
                ResourceName = id,
                CancellationToken = cancellationToken,
                Logger = log,
            }).ConfigureAwait(false);
            if (!result.Success && !result.Canceled)
                log.LogError("Command '{Command}' failed. {Message}", command.Name, result.Message);
            return result;
        }
        catch (OperationCanceledException)
        {
            return CommandResults.Canceled();
        }
#pragma warning disable CA1031 // a command's failure is its result
        catch (Exception exception)
#pragma warning restore CA1031
        {
            log.LogError(exception, "Command '{Command}' failed.", command.Name);
            return CommandResults.Failure(exception);
        }

        ResourceCommandAnnotation? Find(string name) =>
            resource.Annotations.OfType<ResourceCommandAnnotation>().SingleOrDefault(candidate => candidate.Name == name);
    }
}
