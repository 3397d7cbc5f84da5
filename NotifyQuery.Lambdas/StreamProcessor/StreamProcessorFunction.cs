using System.Diagnostics;
using System.Text.Json;
using Amazon.Lambda.Core;
using Amazon.Lambda.DynamoDBEvents;
using Amazon.Lambda.RuntimeSupport;
using Amazon.Lambda.Serialization.SystemTextJson;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using OpenTelemetry.Instrumentation.AWSLambda;

namespace NotifyQuery.Lambdas.StreamProcessor;

/// <summary>
/// The driving adapter of the write side: receives a batch of stream records, projects it, and returns the records that must be delivered
/// again.
/// </summary>
/// <param name="projector">Projects a batch.</param>
/// <param name="timeLimit">
/// The function's own time limit, if the runtime's limit is longer than the caller's timeout; null to use only the runtime's limit.
/// </param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed partial class StreamProcessorFunction(
    BatchProjector projector,
    TimeSpan? timeLimit,
    TimeProvider time,
    ILogger<StreamProcessorFunction> logger
)
{
    /// <summary>
    /// Reads the event and writes the response. DynamoDB allows 32 levels of nesting, which become 71 levels of JSON in an event, more than
    /// the serializer's default. The depth is not limited here: a record that exceeds a limit would fail its whole batch, the event is at
    /// most 6 MB, and no code here processes it recursively.
    /// </summary>
    public static SourceGeneratorLambdaJsonSerializer<LambdaJson> Serializer { get; } =
        new((JsonSerializerOptions options) => options.MaxDepth = int.MaxValue);

    // Processing stops before the function's limit. The margin is a tenth of the remaining time, and at least a second. Changes that are
    // not done by then are reported as failed, instead of being aborted by the runtime.
    private static readonly TimeSpan ShortestMargin = TimeSpan.FromSeconds(1);

    public static void Configure(IServiceCollection services, IConfiguration configuration)
    {
        var concurrency = configuration.GetValue("Projection:Concurrency", 32);
        if (concurrency is < 1 or > 256)
            throw new InvalidOperationException($"Projection:Concurrency is {concurrency}: it must be from 1 to 256");
        var timeLimit = configuration.GetValue<int?>("Projection:TimeLimitSeconds");
        if (timeLimit is < 2 or > 900)
            throw new InvalidOperationException($"Projection:TimeLimitSeconds is {timeLimit}: it must be from 2 to 900");
        services
            .AddDynamoDB(configuration)
            .AddSingleton<IProjectionStore, DynamoDBProjectionStore>()
            .AddSingleton<IDeadLetters, DynamoDBDeadLetters>()
            .AddSingleton(provider => new BatchProjector(
                provider.GetRequiredService<IProjectionStore>(),
                provider.GetRequiredService<IDeadLetters>(),
                provider.GetRequiredService<TimeProvider>(),
                concurrency
            ))
            .AddSingleton(provider => new StreamProcessorFunction(
                provider.GetRequiredService<BatchProjector>(),
                timeLimit is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<StreamProcessorFunction>>()
            ));
    }

    public static LambdaBootstrapBuilder CreateBootstrap(IServiceProvider provider)
    {
        var function = provider.GetRequiredService<StreamProcessorFunction>();
        var flush = provider.GetRequiredService<TelemetryFlush>();
        var gate = provider.GetRequiredService<InvocationGate>();
        return LambdaBootstrapBuilder.Create(
            flush.After<JsonElement, ILambdaContext, StreamsEventResponse>(
                (batch, context) =>
                    AWSLambdaWrapper.TraceAsync(null, (given, its) => function.HandleAsync(given, its, gate.Overdue), batch, context)
            ),
            Serializer
        );
    }

    /// <summary>Projects a batch. The response lists the records that must be delivered again.</summary>
    /// <param name="batch">The event: the stream records as JSON.</param>
    /// <param name="context">The context with the remaining time.</param>
    /// <param name="cancellationToken">Stops early, like the time limit: records that are not done by then are listed as failed.</param>
    public async Task<StreamsEventResponse> HandleAsync(JsonElement batch, ILambdaContext context, CancellationToken cancellationToken)
    {
        Activity.Current?.SetTag("faas.trigger", "datasource"); // the wrapper sets it only for HTTP events
        var changes = StreamRecordReader.ReadAll(batch, time.GetUtcNow());
        var remaining = context.RemainingTime < timeLimit ? context.RemainingTime : timeLimit ?? context.RemainingTime;
        var margin = TimeSpan.FromTicks(Math.Max(ShortestMargin.Ticks, remaining.Ticks / 10));
        using var outOfTime = new CancellationTokenSource(remaining > margin ? remaining - margin : TimeSpan.Zero, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, outOfTime.Token);

        var report = await projector.ProjectAsync(changes, deadline.Token);
        if (report.Failed.Count > 0)
            LogFailed(logger, report.Failed.Count, changes.Count, report.Failed[0]);
        var dead = report.Count(ChangeOutcome.DeadLetter);
        if (dead > 0)
            LogDeadLetters(logger, dead, changes.Count);
        return new()
        {
            BatchItemFailures =
            [
                .. report.Failed.Select(sequenceNumber => new StreamsEventResponse.BatchItemFailure { ItemIdentifier = sequenceNumber }),
            ],
        };
    }

    [LoggerMessage(
        Microsoft.Extensions.Logging.LogLevel.Warning,
        "{Failed} of {Records} stream records are not applied and will be delivered again, from sequence number {SequenceNumber}"
    )]
    private static partial void LogFailed(ILogger logger, int failed, int records, string sequenceNumber);

    [LoggerMessage(
        Microsoft.Extensions.Logging.LogLevel.Warning,
        "{DeadLetters} of {Records} stream records can never be projected: see projection-failures"
    )]
    private static partial void LogDeadLetters(ILogger logger, int deadLetters, int records);
}
