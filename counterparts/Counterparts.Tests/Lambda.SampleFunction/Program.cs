using System.Text.Json.Serialization;
using Amazon.Lambda.APIGatewayEvents;
using Amazon.Lambda.Core;
using Amazon.Lambda.RuntimeSupport;
using Amazon.Lambda.Serialization.SystemTextJson;
using Lambda.SampleFunction;

// The functions that the tests run in processes of their own, selected by _HANDLER as on Lambda.
var json = new SourceGeneratorLambdaJsonSerializer<FunctionJson>();
var handler = Environment.GetEnvironmentVariable("_HANDLER");
var bootstrap = handler switch
{
    "echo" => LambdaBootstrapBuilder.Create((Stream input, ILambdaContext _) => Task.FromResult(input)),
    "fail" => LambdaBootstrapBuilder.Create<string>(
        (text, _) =>
            throw new InvalidOperationException(
                $"{text} failed",
                new AggregateException(new TimeoutException("too late"), new FormatException("odd"))
            ),
        json
    ),
    "nothing" => LambdaBootstrapBuilder.Create<string>((_, _) => Task.CompletedTask, json),
    "exit" => LambdaBootstrapBuilder.Create(
        (Stream _, ILambdaContext _) =>
        {
            Environment.Exit(3);
            return Task.FromResult(Stream.Null);
        }
    ),
    "init-error" => LambdaBootstrapBuilder
        .Create((Stream input, ILambdaContext _) => Task.FromResult(input))
        .UseBootstrapHandler(() => throw new InvalidOperationException("no table")),
    "log" => LambdaBootstrapBuilder.Create<string, string>(
        (text, context) =>
        {
            Console.WriteLine($"line {text}");
            context.Logger.LogDebug("hidden below the minimum");
            context.Logger.LogWarning("table {table} has {count:D3} items", "records", 7);
            context.Logger.LogError(new InvalidOperationException("broken"), "failed");
            LambdaLogger.Log("no level");
            return Task.FromResult(text);
        },
        json
    ),
    "http" => LambdaBootstrapBuilder.Create<APIGatewayHttpApiV2ProxyRequest, APIGatewayHttpApiV2ProxyResponse>(
        (request, context) =>
            Task.FromResult(
                new APIGatewayHttpApiV2ProxyResponse
                {
                    StatusCode = 200,
                    Headers = new Dictionary<string, string> { ["Content-Type"] = "text/plain", ["x-trace"] = context.TraceId },
                    Body = $"{request.RequestContext.Http.Method} {request.RawPath} by {context.FunctionName}",
                }
            ),
        json
    ),
    _ => throw new InvalidOperationException($"_HANDLER is '{handler}': none of the functions here."),
};

await bootstrap.Build().RunAsync();

namespace Lambda.SampleFunction
{
    [JsonSerializable(typeof(string))]
    [JsonSerializable(typeof(APIGatewayHttpApiV2ProxyRequest))]
    [JsonSerializable(typeof(APIGatewayHttpApiV2ProxyResponse))]
    internal sealed partial class FunctionJson : JsonSerializerContext;
}
