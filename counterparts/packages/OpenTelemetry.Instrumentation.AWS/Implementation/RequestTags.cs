using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace OpenTelemetry.Instrumentation.AWS.Implementation;

/// <summary>Adds request attributes that the SDK does not add to the span of the call.</summary>
internal sealed class RequestTags(AWSClientInstrumentationOptions options) : PipelineHandler
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo?> TableNames = new();

    public override void InvokeSync(IExecutionContext executionContext)
    {
        using var scope = Suppression();
        AddTags(executionContext.RequestContext);
        base.InvokeSync(executionContext);
    }

    public override async Task<T> InvokeAsync<T>(IExecutionContext executionContext)
    {
        using var scope = Suppression();
        AddTags(executionContext.RequestContext);
        return await base.InvokeAsync<T>(executionContext).ConfigureAwait(false);
    }

    private IDisposable? Suppression() => options.SuppressDownstreamInstrumentation ? SuppressInstrumentationScope.Begin() : null;

    private static void AddTags(IRequestContext request)
    {
        if (
            Activity.Current is not { IsAllDataRequested: true } activity
            || !activity.Source.Name.StartsWith(SdkTracerProvider.ScopePrefix, StringComparison.Ordinal)
        )
            return;

        if (request.ServiceMetaData.ServiceId == "DynamoDB")
        {
            activity.SetTag("db.system", "dynamodb");
            if (TableName(request.OriginalRequest) is { } table)
                activity.SetTag("aws.dynamodb.table_names", new[] { table });
        }
        if (request.ClientConfig.RegionEndpoint?.SystemName is { } region)
            activity.SetTag("cloud.region", region);
    }

    [UnconditionalSuppressMessage(
        "Trimming",
        "IL2075",
        Justification = "The request's marshaller reads the same property, so it is there."
    )]
    [UnconditionalSuppressMessage(
        "Trimming",
        "IL2070",
        Justification = "The request's marshaller reads the same property, so it is there."
    )]
    private static string? TableName(AmazonWebServiceRequest request) =>
        TableNames.GetOrAdd(request.GetType(), static type => type.GetProperty("TableName"))?.GetValue(request) as string;
}
