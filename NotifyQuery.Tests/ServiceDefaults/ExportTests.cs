using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NotifyQuery.Core;
using NotifyQuery.ServiceDefaults;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.ServiceDefaults;

public sealed class ExportTests
{
    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task Spans_and_logs_leave_by_either_protocol_in_the_name_that_the_environment_gives(string protocol)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                new Dictionary<string, string?>
                {
                    ["OTEL_EXPORTER_OTLP_ENDPOINT"] = protocol == "grpc" ? receiver.GrpcEndpoint : receiver.HttpEndpoint,
                    ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
                }
            )
            .Build();

        string spanId;
        await using (
            var services = new ServiceCollection()
                .AddSingleton<IConfiguration>(configuration)
                .AddLogging()
                .AddTelemetry(configuration)
                .BuildServiceProvider()
        )
        {
            services.StartTelemetry();
            using var span = Telemetry.Source.StartActivity("work", ActivityKind.Internal)!;
            spanId = span.SpanId.ToHexString();
            services.GetRequiredService<ILogger<ExportTests>>().LogWarning("worked {Times} times", 2);
        }

        var exported = Assert.Single(receiver.Spans, span => span.SpanId == spanId);
        Assert.Equal("work", exported.Name);
        Assert.Equal("notifyquery", exported.Resource["service.namespace"]);
        var log = Assert.Single(receiver.Logs, log => log.SpanId == spanId);
        Assert.Equal(exported.TraceId, log.TraceId);
        Assert.Equal("worked 2 times", log.Body);
    }
}
