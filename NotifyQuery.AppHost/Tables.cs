using Microsoft.Extensions.Logging;
using NotifyQuery.AppHost.Backends;
using NotifyQuery.AppHost.NextTables;
using NotifyQuery.DynamoDB.Tables;

namespace NotifyQuery.AppHost;

/// <summary>The tables of <c>deploy/tables.template.json</c>. The resource is running when all of them exist.</summary>
internal sealed class TablesResource(string name) : Resource(name), IResourceWithWaitSupport;

internal static class TablesExtensions
{
    /// <summary>
    /// Creates the missing tables when the backend is healthy, and reports differences of existing tables. Creates nothing in an AWS
    /// account: there the deployment owns the tables.
    /// </summary>
    public static IResourceBuilder<TablesResource> AddTables(
        this IDistributedApplicationBuilder builder,
        string name,
        Backend backend,
        QueryTablesOfRun queryTables
    )
    {
        var tables = builder
            .AddResource(new TablesResource(name))
            .WithInitialState(
                new CustomResourceSnapshot
                {
                    ResourceType = "Tables",
                    Properties = [],
                    State = KnownResourceStates.NotStarted,
                }
            )
            .ExcludeFromManifest()
            .OnInitializeResource(
                async (resource, started, cancellationToken) =>
                {
                    async Task BecomeAsync(string state) =>
                        await started.Notifications.PublishUpdateAsync(resource, snapshot => snapshot with { State = state });

                    try
                    {
                        await BecomeAsync(KnownResourceStates.Waiting);
                        // The handlers of this event wait for the resources that this resource depends on.
                        await started.Eventing.PublishAsync(new BeforeResourceStartedEvent(resource, started.Services), cancellationToken);
                        await BecomeAsync(KnownResourceStates.Starting);
                        await BootstrapAsync(backend, queryTables, started.Logger, cancellationToken);
                        await BecomeAsync(KnownResourceStates.Running);
                    }
                    catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
                    {
                        // Any exception: the resources that wait for the tables must see the failed state.
                        started.Logger.LogError(exception, "The tables could not be created: {Reason}", exception.Message);
                        await BecomeAsync(KnownResourceStates.FailedToStart);
                    }
                }
            );
        if (backend.Resource is { } engine)
            tables.WaitFor(engine);
        return tables;
    }

    private static async Task BootstrapAsync(
        Backend backend,
        QueryTablesOfRun queryTables,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        if (backend.Endpoint is null)
        {
            logger.LogInformation("The tables of the AWS account are used as they are");
            return;
        }

        var template = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "tables.template.json"), cancellationToken);
        using var client = await backend.CreateClientAsync(cancellationToken);
        var bootstrapper = new TableBootstrapper(client);
        foreach (
            var result in await Task.WhenAll(
                queryTables.Now.DeclarationsOf(template).Select(t => bootstrapper.BootstrapAsync(t, cancellationToken))
            )
        )
        {
            logger.LogInformation("{Table} {State}", result.Table, result.Created ? "created" : "exists");
            foreach (var difference in result.Differences)
                logger.LogWarning("{Table} differs from its declaration: {Difference}", result.Table, difference);
        }
    }
}
