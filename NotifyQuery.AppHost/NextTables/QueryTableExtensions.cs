using System.Globalization;
using Aspire.Hosting.AWS.Lambda;
using Microsoft.Extensions.DependencyInjection;
using NotifyQuery.AppHost.Backends;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Tables;
using NotifyQuery.Operations.NextTables;

namespace NotifyQuery.AppHost.NextTables;

internal static class QueryTableExtensions
{
    private const string Processor = "NextStreamProcessor";
    private const string EventSource = "next-event-source";
    private const string StandInSuffix = "StandIn";

    // The settings that both pipelines share.
    private static readonly string[] Shared = ["EventSource__", "Projection__", "Telemetry__", "DOTNET_", "AWS_LAMBDA_MAX_CONCURRENCY"];

    /// <summary>Makes a function use the query table that is assigned to it when it starts.</summary>
    public static IResourceBuilder<LambdaProjectResource> WithQueryTable(
        this IResourceBuilder<LambdaProjectResource> function,
        QueryTablesOfRun tables,
        Func<QueryTables, QueryTable> which
    )
    {
        if (tables.File is null)
            return function;
        return function.WithAnnotation(new QueryTableAnnotation(which)).WithEnvironmentOfTable(tables, which);
    }

    private static IResourceBuilder<LambdaProjectResource> WithEnvironmentOfTable(
        this IResourceBuilder<LambdaProjectResource> function,
        QueryTablesOfRun tables,
        Func<QueryTables, QueryTable> which
    ) =>
        function.WithEnvironment(context =>
        {
            var table = which(tables.Now);
            context.EnvironmentVariables["Tables__NotificationRecords"] = table.Name;
            context.EnvironmentVariables["Tables__KeySpread"] = table.Keys.ToString(CultureInfo.InvariantCulture);
        });

    /// <summary>
    /// Lets a function with waiting callers change its query table without a gap. A second process of the same function, initially stopped,
    /// starts with the other table before the first process is stopped. At the next change the roles are reversed.
    /// </summary>
    public static IResourceBuilder<LambdaProjectResource> WithStandIn(
        this IResourceBuilder<LambdaProjectResource> function,
        QueryTablesOfRun tables,
        Backend backend,
        string handler
    )
    {
        if (tables.File is null || !function.Resource.TryGetLastAnnotation<QueryTableAnnotation>(out var uses))
            return function;
        var standIn = function.Resource.Name + StandInSuffix;
        function
            .ApplicationBuilder.AddAWSLambdaFunction<Projects.NotifyQuery_Lambdas>(standIn, handler)
            .WithBackend(backend)
            .WithEnvironmentOf(function.Resource, IsShared)
            .WithEnvironmentOf(function.Resource, name => name is "AWS_LAMBDA_RUNTIME_API" or "AWS_LAMBDA_FUNCTION_NAME", replace: true)
            .WithEnvironmentOfTable(tables, uses.Which)
            .WithExplicitStart()
            .WithRestart();
        return function.WithAnnotation(uses with { StandIn = standIn }, ResourceAnnotationMutationBehavior.Replace);
    }

    /// <summary>
    /// Adds the second pipeline, and the service that carries out an operator's changes. The second pipeline fills the next query table
    /// from the same stream, with its own checkpoints.
    /// </summary>
    public static void AddNextTable(
        this IDistributedApplicationBuilder builder,
        QueryTablesOfRun tables,
        Backend backend,
        IResourceBuilder<LambdaEmulatorResource> emulator,
        IResourceBuilder<TablesResource> tablesResource,
        IResourceBuilder<LambdaProjectResource> streamProcessor,
        IResourceBuilder<ProjectResource> eventSource
    )
    {
        if (tables.File is not { } file)
            return;
        builder.Services.AddSingleton(new QueryTableSwitch.Second(file, Processor, EventSource));
        builder.Services.AddHostedService<QueryTableSwitch>();
        if (tables.Now.Next is not { } next)
            return;

        var processor = builder
            .AddAWSLambdaFunction<Projects.NotifyQuery_Lambdas>(Processor, "stream-processor")
            .WithBackend(backend)
            .WithEnvironmentOf(streamProcessor.Resource, IsShared)
            .WithQueryTable(tables, now => now.Next ?? next)
            .WithRestart();
        builder
            .AddProject<Projects.NotifyQuery_EventSource>(EventSource)
            .WithHttpEndpoint()
            .WithHttpHealthCheck("/health")
            .WithBackend(backend)
            .WithLambda(emulator)
            .WithEnvironment("EventSource__FunctionName", processor.Resource.Name)
            .WithEnvironment("Tables__StreamCheckpoints", NextTable.CheckpointsOf(next))
            .WithEnvironmentOf(eventSource.Resource, IsShared)
            .WaitFor(tablesResource)
            .WithRestart()
            .StopsFirst();
    }

    /// <summary>The declared tables under their names of this run, and those of a next table.</summary>
    public static IEnumerable<TableDeclaration> DeclarationsOf(this QueryTables tables, string template)
    {
        var declared = new TableNames();
        foreach (var table in TablesTemplate.Read(template))
        {
            if (table.Name == declared.NotificationRecords)
                table.Create.TableName = tables.Current.Name;
            yield return table;
        }

        if (tables.Next is not { } next)
            yield break;
        foreach (var table in TablesTemplate.Read(template))
        {
            if (table.Name == declared.NotificationRecords && !tables.IsPromoted)
                table.Create.TableName = next.Name;
            else if (table.Name == declared.StreamCheckpoints)
                table.Create.TableName = NextTable.CheckpointsOf(next);
            else
                continue;
            yield return table;
        }
    }

    private static bool IsShared(string name) => Shared.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>
    /// Copies environment variables of another resource. Variables that the resource already has stay, unless they are to be replaced.
    /// </summary>
    private static IResourceBuilder<T> WithEnvironmentOf<T>(
        this IResourceBuilder<T> builder,
        T first,
        Func<string, bool> which,
        bool replace = false
    )
        where T : IResourceWithEnvironment =>
        builder.WithEnvironment(async context =>
        {
            var its = new EnvironmentCallbackContext(context.ExecutionContext, first, [], context.CancellationToken);
            foreach (var annotation in first.Annotations.OfType<EnvironmentCallbackAnnotation>())
                await annotation.Callback(its);
            foreach (var (name, value) in its.EnvironmentVariables)
                if (which(name) && (replace || !context.EnvironmentVariables.ContainsKey(name)))
                    context.EnvironmentVariables[name] = value;
        });
}

/// <summary>Marks a function that uses a query table.</summary>
/// <param name="Which">Selects the query table.</param>
/// <param name="StandIn">
/// A second process of the function, which replaces the first while the table changes; null if the function is restarted instead.
/// </param>
internal sealed record QueryTableAnnotation(Func<QueryTables, QueryTable> Which, string? StandIn = null) : IResourceAnnotation;
