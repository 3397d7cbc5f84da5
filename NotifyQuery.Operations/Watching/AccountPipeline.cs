using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Operations.Watching;

/// <summary>
/// A stack in an AWS account. The figures are CloudWatch's metrics of the last complete minute that is available, and the dead letters from
/// their table. All of them are a minute or more late, and each requested metric costs money.
/// </summary>
public sealed class AccountPipeline : IPipelineSource
{
    private const string Lambda = "AWS/Lambda";
    private const string DynamoDB = "AWS/DynamoDB";
    private const string Gateway = "AWS/ApiGateway";
    private const double Minute = 60;

    private readonly IAmazonDynamoDB client;
    private readonly TableNames tables;
    private readonly string stack;
    private readonly string? api;
    private readonly CloudWatch cloudWatch;
    private readonly FailureLog failures;
    private readonly TimeProvider time;
    private string? streamLabel;

    /// <summary>Reads a stack's figures.</summary>
    /// <param name="client">The account; its region and credentials are used for CloudWatch as well.</param>
    /// <param name="tables">The tables.</param>
    /// <param name="stack">The stack's name: the prefix of the names of its functions.</param>
    /// <param name="gateway">
    /// The gateway's address, whose host name contains the API's id. Null, or an address with a custom domain, for no gateway metrics.
    /// </param>
    /// <param name="http">The client for CloudWatch.</param>
    /// <param name="time">The clock.</param>
    public AccountPipeline(IAmazonDynamoDB client, TableNames tables, string stack, string? gateway, HttpClient http, TimeProvider time)
    {
        (this.client, this.tables, this.stack, this.time) = (client, tables, stack, time);
        failures = new(client, tables, time);
        api =
            Uri.TryCreate(gateway, UriKind.Absolute, out var address) && address.Host.Split('.') is [var id, "execute-api", ..] ? id : null;
        var region = client.Config.RegionEndpoint ?? throw new AmazonClientException("no region is set: set AWS_REGION");
        // The endpoint settings that the SDK reads, in the same order.
        var told =
            Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL_CLOUDWATCH") ?? Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL");
        cloudWatch = new(
            http,
            new(string.IsNullOrEmpty(told) ? $"https://monitoring.{region.SystemName}.{region.PartitionDnsSuffix}/" : told),
            region.SystemName,
            DefaultAWSCredentialsIdentityResolver.GetCredentials(client.Config),
            time
        );
    }

    /// <inheritdoc />
    public string Name => $"stack {stack} on AWS";

    /// <inheritdoc />
    public async Task<PipelineFigures> ReadAsync(CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        long? deadLetters = null;
        try
        {
            (deadLetters, _) = await failures.CountUnsettledAsync(cancellationToken).ConfigureAwait(false);
            streamLabel ??= (await client.DescribeTableAsync(tables.CommandRecords, cancellationToken).ConfigureAwait(false))
                .Table
                .LatestStreamLabel;
        }
        catch (Exception exception) when (exception is AmazonServiceException or AmazonClientException or HttpRequestException)
        {
            problems.Add($"DynamoDB cannot be read: {exception.GetBaseException().Message}");
        }

        var asked = new Metrics();
        var processor = Function("StreamProcessor");
        var write = (
            Commands: asked.Add(new(DynamoDB, "ConsumedWriteCapacityUnits", "Sum", ("TableName", tables.CommandRecords))),
            Read: streamLabel is null
                ? null
                : asked.Add(
                    new(
                        DynamoDB,
                        "ReturnedRecordsCount",
                        "Sum",
                        ("TableName", tables.CommandRecords),
                        ("StreamLabel", streamLabel),
                        ("Operation", "GetRecords")
                    )
                ),
            Invocations: asked.Add(new(Lambda, "Invocations", "Sum", processor)),
            Errors: asked.Add(new(Lambda, "Errors", "Sum", processor)),
            InFlight: asked.Add(new(Lambda, "ConcurrentExecutions", "Maximum", processor)),
            Age: asked.Add(new(Lambda, "IteratorAge", "Maximum", processor)),
            Duration: asked.Add(new(Lambda, "Duration", "Maximum", processor)),
            Projection: asked.Add(new(DynamoDB, "ConsumedWriteCapacityUnits", "Sum", ("TableName", tables.NotificationRecords)))
        );
        var gateway = api is null ? null : asked.Hop(Gateway, "Count", "5xx", "Latency", ("ApiId", api));
        var query = asked.Hop(Lambda, "Invocations", "Errors", "Duration", Function("Query"));
        var queryResult = asked.Hop(Lambda, "Invocations", "Errors", "Duration", Function("QueryResult"));
        var units = asked.Add(new(DynamoDB, "ConsumedReadCapacityUnits", "Sum", ("TableName", tables.NotificationRecords)));
        var throttled = ((string[])["WriteThrottleEvents", "ReadThrottleEvents"])
            .Select(name => asked.Add(new(DynamoDB, name, "Sum", ("TableName", tables.NotificationRecords))))
            .ToList();
        try
        {
            asked.Values = await cloudWatch.NewestAsync(asked.Wanted, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
            when (exception is HttpRequestException or IOException or AmazonServiceException or AmazonClientException
                || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            problems.Add($"CloudWatch cannot be read: {exception.GetBaseException().Message}");
        }

        if (throttled.Sum(index => asked[index]) is > 0 and var throttles)
            problems.Add($"{tables.NotificationRecords} was throttled {throttles:0} times within a minute");
        return new(
            time.GetUtcNow(),
            new()
            {
                CommandUnitsPerSecond = asked[write.Commands] / Minute,
                ReadPerSecond = asked[write.Read] / Minute,
                InvocationsPerSecond = asked[write.Invocations] / Minute,
                FailedInvocationsPerSecond = asked[write.Errors] / Minute,
                ProjectionUnitsPerSecond = asked[write.Projection] / Minute,
                InFlight = (long?)asked[write.InFlight],
                // Both at their maximum within the minute, as in the alarm.
                LagSeconds = (asked[write.Age] + asked[write.Duration]) / 1000,
                IteratorAgeSeconds = asked[write.Age] / 1000,
                DeadLetters = deadLetters,
            },
            new()
            {
                Gateway = asked.FiguresOf(gateway),
                Query = asked.FiguresOf(query),
                QueryResult = asked.FiguresOf(queryResult),
                UnitsPerSecond = asked[units] / Minute,
            },
            problems
        );

        (string, string) Function(string name) => ("FunctionName", $"{stack}-{name}");
    }

    /// <summary>The metrics of one request, and their values after the response.</summary>
    private sealed class Metrics
    {
        public List<CloudWatchMetric> Wanted { get; } = [];

        public IReadOnlyList<double?> Values { get; set; } = [];

        public double? this[int? index] => index is { } place && place < Values.Count ? Values[place] : null;

        public int? Add(CloudWatchMetric metric)
        {
            Wanted.Add(metric);
            return Wanted.Count - 1;
        }

        /// <summary>Adds the four metrics of a hop of the read side.</summary>
        public int? Hop(string within, string count, string failed, string duration, (string, string) dimension)
        {
            var first = Add(new(within, count, "Sum", dimension));
            Add(new(within, failed, "Sum", dimension));
            Add(new(within, duration, "p50", dimension));
            Add(new(within, duration, "p99", dimension));
            return first;
        }

        public HopFigures FiguresOf(int? first) => new(this[first] / Minute, this[first + 1] / Minute, this[first + 2], this[first + 3]);
    }
}
