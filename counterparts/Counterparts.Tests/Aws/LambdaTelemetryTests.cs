using System.Diagnostics;
using Amazon.Lambda.APIGatewayEvents;
using Amazon.Lambda.Core;
using OpenTelemetry;
using OpenTelemetry.Instrumentation.AWSLambda;
using OpenTelemetry.Trace;

namespace Counterparts.Tests.Aws;

[Collection(nameof(ProcessEnvironment))]
public sealed class LambdaTelemetryTests : IDisposable
{
    private readonly ExportedSpans spans = new();
    private readonly TracerProvider provider;

    public LambdaTelemetryTests() =>
        provider = Sdk.CreateTracerProviderBuilder()
            .AddAWSLambdaConfigurations(options => options.DisableAwsXRayContextExtraction = true)
            // As in a function: nothing leaves the process without a flush.
            .AddProcessor(new BatchActivityExportProcessor(spans, scheduledDelayMilliseconds: int.MaxValue))
            .Build();

    [Fact]
    public async Task An_invocation_is_a_span_exported_before_it_ends()
    {
        var context = new Context();

        var result = await AWSLambdaWrapper.TraceAsync(
            provider,
            (string input, ILambdaContext _) => Task.FromResult(input.Length),
            "four",
            context
        );

        Assert.Equal(4, result);
        var span = Mine(context);
        Assert.Equal("the-function", span.DisplayName);
        Assert.Equal(ActivityKind.Server, span.Kind);
        Assert.Equal("other", span.GetTagItem("faas.trigger"));
        Assert.Equal("the-function", span.GetTagItem("faas.name"));
        Assert.Equal("arn:aws:lambda:eu-west-1:123456789012:function:the-function", span.GetTagItem("cloud.resource_id"));
        Assert.Equal("123456789012", span.GetTagItem("cloud.account.id"));
        Assert.Equal(256L * 1024 * 1024, span.GetTagItem("faas.max_memory"));
        Assert.IsType<bool>(span.GetTagItem("faas.coldstart"));
    }

    [Fact]
    public async Task An_http_event_gives_its_parent_and_its_attributes()
    {
        var context = new Context();
        var request = new APIGatewayHttpApiV2ProxyRequest
        {
            RawPath = "/query/user",
            RawQueryString = "user_id=u1",
            Headers = new Dictionary<string, string>
            {
                ["Host"] = "api.example.com",
                ["X-Forwarded-Proto"] = "https",
                ["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            },
            RequestContext = new() { Http = new() { Method = "GET" } },
        };

        await AWSLambdaWrapper.TraceAsync(
            provider,
            (APIGatewayHttpApiV2ProxyRequest _, ILambdaContext _) =>
                Task.FromResult(new APIGatewayHttpApiV2ProxyResponse { StatusCode = 404 }),
            request,
            context
        );

        var span = Mine(context);
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", span.TraceId.ToHexString());
        Assert.Equal("b7ad6b7169203331", span.ParentSpanId.ToHexString());
        Assert.Equal("http", span.GetTagItem("faas.trigger"));
        Assert.Equal("GET", span.GetTagItem("http.request.method"));
        Assert.Equal("https", span.GetTagItem("url.scheme"));
        Assert.Equal("/query/user", span.GetTagItem("url.path"));
        Assert.Equal("?user_id=Redacted", span.GetTagItem("url.query"));
        Assert.Equal("api.example.com", span.GetTagItem("server.address"));
        Assert.Equal(443, span.GetTagItem("server.port"));
        Assert.Equal(404, span.GetTagItem("http.response.status_code"));
    }

    [Fact]
    public async Task A_given_parent_comes_first_and_a_failure_is_recorded_and_thrown_on()
    {
        var context = new Context();
        var parent = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            AWSLambdaWrapper.TraceAsync(
                provider,
                (Stream _, ILambdaContext _) => Task.FromException(new InvalidOperationException("boom")),
                Stream.Null,
                context,
                parent
            )
        );

        var span = Mine(context);
        Assert.Equal("boom", error.Message);
        Assert.Equal(parent.TraceId, span.TraceId);
        Assert.Equal(parent.SpanId, span.ParentSpanId);
        Assert.Equal(ActivityStatusCode.Error, span.Status);
        Assert.Equal("exception", Assert.Single(span.Events).Name);
    }

    [Theory]
    [InlineData(
        "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1",
        "0af7651916cd43dd8448eb211c80319c",
        "b7ad6b7169203331"
    )]
    [InlineData(
        "Self=1-2-3; Sampled=1; Parent=b7ad6b7169203331; Root=1-0af76519-16cd43dd8448eb211c80319c",
        "0af7651916cd43dd8448eb211c80319c",
        "b7ad6b7169203331"
    )]
    [InlineData("Root=1-nonsense", null, null)]
    public async Task Lambdas_own_trace_is_the_parent_when_there_is_no_other(string header, string? trace, string? parent)
    {
        var context = new Context();
        using var withXRay = Sdk.CreateTracerProviderBuilder()
            .AddAWSLambdaConfigurations()
            .AddProcessor(new SimpleActivityExportProcessor(spans))
            .Build();
        using var variable = new Variable("_X_AMZN_TRACE_ID", header);

        await AWSLambdaWrapper.TraceAsync(withXRay, (int _, ILambdaContext _) => Task.CompletedTask, 1, context);

        var span = Mine(context);
        Assert.Equal(parent ?? default(ActivitySpanId).ToHexString(), span.ParentSpanId.ToHexString());
        if (trace is not null)
            Assert.Equal(trace, span.TraceId.ToHexString());
    }

    [Fact]
    public async Task Without_a_provider_the_handler_runs_all_the_same()
    {
        var ran = false;

        await AWSLambdaWrapper.TraceAsync(
            null,
            (int _, ILambdaContext _) =>
            {
                ran = true;
                return Task.CompletedTask;
            },
            1,
            new Context()
        );

        Assert.True(ran);
    }

    public void Dispose() => provider.Dispose();

    private Activity Mine(Context context) =>
        spans.Now.First(span => span.GetTagItem("faas.invocation_id") as string == context.AwsRequestId);

    private sealed class Context : ILambdaContext
    {
        public string AwsRequestId { get; } = Guid.NewGuid().ToString();

        public IClientContext ClientContext => null!;

        public string FunctionName => "the-function";

        public string FunctionVersion => "$LATEST";

        public ICognitoIdentity Identity => null!;

        public string InvokedFunctionArn => "arn:aws:lambda:eu-west-1:123456789012:function:the-function:live";

        public ILambdaLogger Logger => null!;

        public string LogGroupName => "/aws/lambda/the-function";

        public string LogStreamName => "stream";

        public int MemoryLimitInMB => 256;

        public TimeSpan RemainingTime => TimeSpan.FromMinutes(1);
    }
}
