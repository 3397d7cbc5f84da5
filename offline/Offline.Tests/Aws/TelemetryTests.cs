using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using Amazon.Lambda;
using Amazon.Lambda.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NotifyQuery.Tests.Support;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Offline.Tests.Aws;

public class TelemetryTests(DynamoDbLocal engine)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_the_call_it_makes_to_aws_and_the_http_below_are_one_trace()
    {
        var spans = new ExportedSpans();
        await using var app = await StartAsync(spans, routes => routes.MapGet("/users/{user}", async (string user) =>
        {
            using var tables = engine.Client(DynamoDbLocal.NewSpace());
            try
            {
                await tables.GetItemAsync("records", new() { ["id"] = new(user) }, Cancel);
                return "found";
            }
            catch (Amazon.DynamoDBv2.Model.ResourceNotFoundException)
            {
                return "no table";
            }
        }));
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/users/u1?token=hidden&page");
        request.Headers.UserAgent.ParseAdd("tests/1.0");
        request.Headers.Add("baggage", "tenant=t1");
        using var answer = await http.SendAsync(request, Cancel);
        Assert.Equal("no table", await answer.Content.ReadAsStringAsync(Cancel));

        var server = await spans.WaitForAsync(span => IsServerSpanOf(app, span));
        var trace = spans.Now.Where(span => span.TraceId == server.TraceId).ToList();
        var aws = trace.Single(span => span.DisplayName == "DynamoDB.GetItem");
        var client = trace.Single(span => span.Source.Name == "System.Net.Http" && span.Tags.Any(tag => tag is { Key: "http.request.method", Value: "POST" }));

        Assert.Equal("GET /users/{user}", server.DisplayName);
        Assert.Equal("GET", server.GetTagItem("http.request.method"));
        Assert.Equal("/users/{user}", server.GetTagItem("http.route"));
        Assert.Equal("http", server.GetTagItem("url.scheme"));
        Assert.Equal("/users/u1", server.GetTagItem("url.path"));
        Assert.Equal("?token=Redacted&page", server.GetTagItem("url.query"));
        Assert.Equal("127.0.0.1", server.GetTagItem("server.address"));
        Assert.Equal(http.BaseAddress!.Port, server.GetTagItem("server.port"));
        Assert.Equal("1.1", server.GetTagItem("network.protocol.version"));
        Assert.Equal("tests/1.0", server.GetTagItem("user_agent.original"));
        Assert.Equal(200, server.GetTagItem("http.response.status_code"));
        Assert.Equal(ActivityStatusCode.Unset, server.Status);

        Assert.Equal(server.SpanId, aws.ParentSpanId);
        Assert.Equal(ActivityKind.Client, aws.Kind);
        Assert.Equal("aws-api", aws.GetTagItem("rpc.system"));
        Assert.Equal("DynamoDB", aws.GetTagItem("rpc.service"));
        Assert.Equal("GetItem", aws.GetTagItem("rpc.method"));
        Assert.Equal("dynamodb", aws.GetTagItem("db.system"));
        Assert.Equal(["records"], Assert.IsType<string[]>(aws.GetTagItem("aws.dynamodb.table_names")));
        Assert.Equal("ResourceNotFoundException", aws.GetTagItem("aws.error_code"));
        Assert.Equal(ActivityStatusCode.Error, aws.Status);
        Assert.Contains(aws.Events, happened => happened.Name == "exception");

        Assert.Contains(Ancestors(client, trace), span => span == aws);
        Assert.Equal(engine.Endpoint.Port, client.GetTagItem("server.port"));
        Assert.Equal(400, client.GetTagItem("http.response.status_code"));
    }

    [Fact]
    public async Task A_callers_trace_and_baggage_go_on_in_the_service_it_calls()
    {
        var spans = new ExportedSpans();
        await using var app = await StartAsync(spans, routes => routes.MapGet("/", () => Baggage.GetBaggage("tenant")));
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        using var source = new ActivitySource("Offline.Tests.Caller");
        Baggage.SetBaggage("tenant", "t1");
        string answer;
        ActivityTraceId trace;
        using (var caller = source.StartActivity("caller")!)
        {
            trace = caller.TraceId;
            answer = await http.GetStringAsync(new Uri("/", UriKind.Relative), Cancel);
        }

        var server = await spans.WaitForAsync(span => IsServerSpanOf(app, span));
        var client = await spans.WaitForAsync(span => span.SpanId == server.ParentSpanId);
        Assert.Equal("t1", answer);
        Assert.Equal(trace, server.TraceId);
        Assert.Equal(ActivityKind.Client, client.Kind);
        Assert.Equal("GET", client.DisplayName);
        Assert.Equal(200, client.GetTagItem("http.response.status_code"));
    }

    [Fact]
    public async Task A_failed_request_is_an_error_with_its_exception()
    {
        var spans = new ExportedSpans();
        await using var app = await StartAsync(
            spans,
            routes =>
            {
                routes.MapGet("/throws", string () => throw new InvalidOperationException("boom"));
                routes.MapGet("/503", () => Results.StatusCode(503));
                routes.MapGet("/404", () => Results.NotFound());
            },
            tracing => tracing.AddAspNetCoreInstrumentation(options =>
            {
                options.RecordException = true;
                options.EnrichWithException = (span, error) => span.SetTag("enriched", error.Message);
                options.EnrichWithHttpResponse = (_, _) => throw new InvalidOperationException("a bad enrichment");
            }));
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        foreach (var (path, status) in ((string, HttpStatusCode)[])[("/throws", HttpStatusCode.InternalServerError), ("/503", HttpStatusCode.ServiceUnavailable), ("/404", HttpStatusCode.NotFound)])
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), Cancel);
            Assert.Equal(status, answer.StatusCode);
        }

        var throwing = await spans.WaitForAsync(span => span.DisplayName == "GET /throws");
        Assert.Equal("System.InvalidOperationException", throwing.GetTagItem("error.type"));
        Assert.Equal("boom", throwing.GetTagItem("enriched"));
        Assert.Equal(500, throwing.GetTagItem("http.response.status_code"));
        Assert.Equal(ActivityStatusCode.Error, throwing.Status);
        Assert.Contains(throwing.Events, happened => happened.Tags.Any(tag => tag is { Key: "exception.message", Value: "boom" }));
        Assert.Contains(throwing.Events, happened => happened.Tags.Any(tag => tag is { Key: "exception.message", Value: "a bad enrichment" }));
        Assert.Equal(ActivityStatusCode.Error, (await spans.WaitForAsync(span => span.DisplayName == "GET /503")).Status);
        Assert.Equal(ActivityStatusCode.Unset, (await spans.WaitForAsync(span => span.DisplayName == "GET /404")).Status);
    }

    [Fact]
    public async Task What_a_filter_refuses_is_not_traced()
    {
        var spans = new ExportedSpans();
        await using var app = await StartAsync(
            spans,
            routes => routes.MapGet("/{name}", (string name) => name),
            tracing => tracing
                .AddAspNetCoreInstrumentation(options => options.Filter = context => context.Request.Path != "/health")
                .AddHttpClientInstrumentation(options => options.FilterHttpRequestMessage = request => request.RequestUri!.AbsolutePath != "/quiet"));
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        foreach (var path in (string[])["/health", "/quiet", "/loud"])
            await http.GetStringAsync(new Uri(path, UriKind.Relative), Cancel);

        await spans.WaitForAsync(span => span.Kind == ActivityKind.Server && span.GetTagItem("url.path") is "/loud");
        await spans.WaitForAsync(span => span.Kind == ActivityKind.Client && (span.GetTagItem("url.full") as string)?.EndsWith("/loud", StringComparison.Ordinal) == true);
        Assert.DoesNotContain(spans.Now, span => span.GetTagItem("url.path") is "/health");
        Assert.DoesNotContain(spans.Now, span => span.Kind == ActivityKind.Client && (span.GetTagItem("url.full") as string)?.EndsWith("/quiet", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Instrumentation_added_twice_works_once()
    {
        var spans = new ExportedSpans();
        var enriched = 0;
        await using var app = await StartAsync(
            spans,
            routes => routes.MapGet("/once", () => "ok"),
            tracing => tracing.AddAspNetCoreInstrumentation(options => options.EnrichWithHttpRequest = (_, request) => enriched += request.Path == "/once" ? 1 : 0));
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        await http.GetStringAsync(new Uri("/once", UriKind.Relative), Cancel);

        var server = await spans.WaitForAsync(span => IsServerSpanOf(app, span));
        Assert.Equal("GET /once", server.DisplayName);
        Assert.Equal(1, enriched);
    }

    [Fact]
    public async Task The_host_starts_all_three_signals_with_one_resource_and_shuts_them_down()
    {
        var spans = new ExportedSpans();
        var metrics = new List<string>();
        var logs = new List<string?>();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("the-service"))
            .WithTracing(tracing => tracing.AddSource("Offline.Tests.Host").AddProcessor(new SimpleActivityExportProcessor(spans)))
            .WithMetrics(meters => meters.AddMeter("Offline.Tests.Host").AddRuntimeInstrumentation().AddReader(new BaseExportingMetricReader(new MetricNames(metrics))))
            .WithLogging(logging => logging.AddProcessor(new SimpleLogRecordExportProcessor(new LogBodies(logs))));
        builder.Services.AddOpenTelemetry();
        Assert.Single(builder.Services, service => service.ServiceType == typeof(IHostedService));
        using var meter = new Meter("Offline.Tests.Host");
        using var source = new ActivitySource("Offline.Tests.Host");

        using (var host = builder.Build())
        {
            await host.StartAsync(Cancel);
            source.StartActivity("work")!.Dispose();
            meter.CreateCounter<int>("works").Add(1);
            host.Services.GetRequiredService<ILogger<TelemetryTests>>().LogInformation("worked {Times} time", 1);
            await host.StopAsync(Cancel);
            Assert.False(spans.ShutDown);
        }

        Assert.True(spans.ShutDown);
        Assert.Contains(spans.Now, span => span.DisplayName == "work");
        Assert.Contains("the-service/works", metrics);
        Assert.Contains(metrics, name => name.StartsWith("the-service/dotnet.", StringComparison.Ordinal));
        Assert.Contains("worked {Times} time", logs);
    }

    [Fact]
    public async Task Aws_is_told_the_trace_in_its_own_header_too()
    {
        var spans = new ExportedSpans();
        using var caller = new ActivitySource("Offline.Tests.AwsCaller");
        using var tracing = Sdk.CreateTracerProviderBuilder()
            .AddSource(caller.Name)
            .AddHttpClientInstrumentation()
            .AddAWSInstrumentation()
            .AddProcessor(new SimpleActivityExportProcessor(spans))
            .Build();
        await using var service = await FakeService.StartAsync((_, _) => new FakeService.Answer(200, "1"));
        using var lambda = new AmazonLambdaClient(
            FakeService.Credentials, new AmazonLambdaConfig { ServiceURL = service.Url, AuthenticationRegion = "eu-west-1" });

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
        using (Sdk.CreateMeterProviderBuilder().AddAWSInstrumentation().AddReader(new BaseExportingMetricReader(new MetricNames(metrics))).Build())
        {
            using var tables = engine.Client(DynamoDbLocal.NewSpace());
            await tables.ListTablesAsync(Cancel);
        }

        Assert.Contains(metrics, name => name.EndsWith("/client.call.duration", StringComparison.Ordinal));
    }

    private static async Task<WebApplication> StartAsync(ExportedSpans spans, Action<WebApplication> routes, Action<TracerProviderBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddOpenTelemetry().WithTracing(tracing =>
        {
            tracing
                .AddSource("Offline.Tests.Caller")
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddAWSInstrumentation()
                .AddProcessor(new SimpleActivityExportProcessor(spans));
            configure?.Invoke(tracing);
        });
        var app = builder.Build();
        routes(app);
        await app.StartAsync(Cancel);
        return app;
    }

    /// <summary>The spans of the services of other tests, which run at the same time, are heard as well.</summary>
    private static bool IsServerSpanOf(WebApplication app, Activity span) =>
        span.Kind == ActivityKind.Server && span.GetTagItem("server.port") is int port && port == new Uri(app.Urls.Single()).Port;

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
            var service = ParentProvider.GetResource().Attributes.FirstOrDefault(attribute => attribute.Key == "service.name").Value;
            foreach (var metric in batch)
                names.Add($"{service}/{metric.Name}");
            return ExportResult.Success;
        }
    }

    private sealed class LogBodies(List<string?> bodies) : BaseExporter<LogRecord>
    {
        public override ExportResult Export(in Batch<LogRecord> batch)
        {
            foreach (var log in batch)
                bodies.Add(log.Body);
            return ExportResult.Success;
        }
    }
}
