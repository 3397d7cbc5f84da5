using System.Diagnostics;
using Amazon.Lambda;
using Amazon.Lambda.Model;
using NotifyQuery.Tests.Support;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Counterparts.Tests.Aws;

public class TelemetryTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_to_aws_and_the_http_below_it_are_spans_of_the_callers_trace()
    {
        var spans = new ExportedSpans();
        using var source = new ActivitySource("Counterparts.Tests.DynamoDBCaller");
        using var tracing = Sdk.CreateTracerProviderBuilder()
            .AddSource(source.Name)
            .AddHttpClientInstrumentation()
            .AddAWSInstrumentation()
            .AddProcessor(new SimpleActivityExportProcessor(spans))
            .Build();
        using var tables = engine.Client(DynamoDbLocal.NewSpace());

        Activity caller;
        using (caller = source.StartActivity("caller")!)
            await Assert.ThrowsAsync<Amazon.DynamoDBv2.Model.ResourceNotFoundException>(() =>
                tables.GetItemAsync("records", new() { ["id"] = new("u1") }, Cancel)
            );

        var trace = spans.Now.Where(span => span.TraceId == caller.TraceId).ToList();
        var aws = trace.Single(span => span.DisplayName == "DynamoDB.GetItem");
        Assert.Equal(caller.SpanId, aws.ParentSpanId);
        Assert.Equal(ActivityKind.Client, aws.Kind);
        Assert.Equal("aws-api", aws.GetTagItem("rpc.system"));
        Assert.Equal("DynamoDB", aws.GetTagItem("rpc.service"));
        Assert.Equal("GetItem", aws.GetTagItem("rpc.method"));
        Assert.Equal("dynamodb", aws.GetTagItem("db.system"));
        Assert.Equal(["records"], Assert.IsType<string[]>(aws.GetTagItem("aws.dynamodb.table_names")));
        Assert.Equal("ResourceNotFoundException", aws.GetTagItem("aws.error_code"));
        Assert.Equal(ActivityStatusCode.Error, aws.Status);
        Assert.Contains(aws.Events, happened => happened.Name == "exception");

        var http = trace.Single(span => span.Source.Name == "System.Net.Http");
        Assert.Contains(Ancestors(http, trace), span => span == aws);
        Assert.Equal(engine.Endpoint.Port, http.GetTagItem("server.port"));
        Assert.Equal(400, http.GetTagItem("http.response.status_code"));
    }

    [Fact]
    public async Task The_trace_is_sent_to_aws_in_its_own_header_too()
    {
        var spans = new ExportedSpans();
        using var caller = new ActivitySource("Counterparts.Tests.AwsCaller");
        using var tracing = Sdk.CreateTracerProviderBuilder()
            .AddSource(caller.Name)
            .AddHttpClientInstrumentation()
            .AddAWSInstrumentation()
            .AddProcessor(new SimpleActivityExportProcessor(spans))
            .Build();
        await using var service = await FakeService.StartAsync((_, _) => new FakeService.Answer(200, "1"));
        using var lambda = new AmazonLambdaClient(
            FakeService.Credentials,
            new AmazonLambdaConfig { ServiceURL = service.Url, AuthenticationRegion = "eu-west-1" }
        );

        ActivityTraceId trace;
        using (var activity = caller.StartActivity("caller")!)
        {
            trace = activity.TraceId;
            await lambda.InvokeAsync(new InvokeRequest { FunctionName = "f" }, Cancel);
        }

        var span = spans.Now.Single(candidate => candidate.DisplayName == "Lambda.Invoke" && candidate.TraceId == trace);
        var root = $"Root=1-{trace.ToHexString()[..8]}-{trace.ToHexString()[8..]}";
        var headers = service.Requests.Single().Headers;
        Assert.Equal($"{root};Parent={span.SpanId};Sampled=1", headers["X-Amzn-Trace-Id"]);
        Assert.StartsWith($"00-{trace}-", headers["traceparent"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_calls_to_aws_are_measured()
    {
        var metrics = new List<string>();
        using (
            Sdk.CreateMeterProviderBuilder()
                .AddAWSInstrumentation()
                .AddReader(new BaseExportingMetricReader(new MetricNames(metrics)))
                .Build()
        )
        {
            using var tables = engine.Client(DynamoDbLocal.NewSpace());
            await tables.ListTablesAsync(Cancel);
        }

        Assert.Contains("client.call.duration", metrics);
    }

    private static IEnumerable<Activity> Ancestors(Activity span, IReadOnlyCollection<Activity> trace)
    {
        while (trace.FirstOrDefault(candidate => candidate.SpanId == span.ParentSpanId) is { } parent)
        {
            yield return parent;
            span = parent;
        }
    }

    private sealed class MetricNames(List<string> names) : BaseExporter<Metric>
    {
        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch)
                names.Add(metric.Name);
            return ExportResult.Success;
        }
    }
}
