using System.Diagnostics;
using System.Text.Json;
using Amazon.Lambda.Core;
using Amazon.Lambda.RuntimeSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.ServiceDefaults;
using OpenTelemetry.Instrumentation.AWSLambda;

namespace NotifyQuery.Lambdas.QueryResult;

/// <summary>The only function that reads notification-records; it has no permission to write.</summary>
internal sealed class QueryResultFunction(INotificationReader reader)
{
    public static void Configure(IServiceCollection services, IConfiguration configuration) => services
        .AddDynamoDB(configuration)
        .AddSingleton<INotificationReader, DynamoDBNotificationReader>()
        .AddSingleton<QueryResultFunction>();

    public static LambdaBootstrapBuilder CreateBootstrap(IServiceProvider provider, InvocationGate gate)
    {
        var function = provider.GetRequiredService<QueryResultFunction>();
        var flush = provider.GetRequiredService<TelemetryFlush>();
        return LambdaBootstrapBuilder.Create(gate.Guard(flush.After<Stream, ILambdaContext, Stream>(async (payload, context) =>
        {
            var request = await JsonSerializer.DeserializeAsync(payload, QueryResultJson.Default.QueryResultRequest)
                ?? throw new JsonException("the request is null");
            // The trace context travels in the request: not every engine hands on the client context of an invocation.
            ActivityContext.TryParse(request.TraceParent, request.TraceState, isRemote: true, out var parent);
            var response = await AWSLambdaWrapper.TraceAsync(null, function.HandleAsync, request, context, parent);
            return new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(response, QueryResultJson.Default.QueryResultResponse));
        })));
    }

    public async Task<QueryResultResponse> HandleAsync(QueryResultRequest request, ILambdaContext context)
    {
        using var deadline = new CancellationTokenSource(context.RemainingTime > TimeSpan.Zero ? context.RemainingTime : TimeSpan.Zero);
        try
        {
            return new(await reader.ReadAsync(request.Query, deadline.Token));
        }
        catch (NotificationReadException exception)
        {
            Activity.Current?.AddException(exception).SetTag("error.type", exception.Failure.ToString()).SetStatus(ActivityStatusCode.Error, exception.Message);
            return new(null, new(exception.Failure, exception.Message));
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            Activity.Current?.SetTag("error.type", nameof(ReadFailure.Timeout)).SetStatus(ActivityStatusCode.Error, "the function's time ran out");
            return new(null, new(ReadFailure.Timeout, "the function's time ran out"));
        }
    }
}
