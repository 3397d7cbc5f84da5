using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Amazon.Lambda.APIGatewayEvents;
using Amazon.Lambda.Core;
using Amazon.Lambda.RuntimeSupport;
using Amazon.Lambda.Serialization.SystemTextJson;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NotifyQuery.ServiceDefaults;
using OpenTelemetry.Instrumentation.AWSLambda;

namespace NotifyQuery.Lambdas.Query;

/// <summary>
/// The function behind the API Gateway. Forwards every request to the Handler, and returns the Handler's response unchanged, so that a
/// caller gets the same status and body with and without the gateway. Only errors that prevent a response from the Handler are created
/// here.
/// </summary>
/// <param name="handler">The HTTP client for the Handler.</param>
/// <param name="logger">The log.</param>
/// <param name="hosts">The allowed host names of the gateway; null for any.</param>
internal sealed partial class QueryFunction(HttpClient handler, ILogger<QueryFunction> logger, GatewayHosts? hosts = null)
{
    public static void Configure(IServiceCollection services, IConfiguration configuration)
    {
        if (!Uri.TryCreate(configuration["Handler:BaseAddress"], UriKind.Absolute, out var address))
            throw new InvalidOperationException("Handler:BaseAddress is not set to an absolute URL: set it to the address of the Handler");
        services
            .AddSingleton(
                new HttpClient(HandlerConnection.Create(configuration[HandlerConnection.CertificateAuthority], address))
                {
                    BaseAddress = address,
                    Timeout = configuration.Seconds(
                        "Handler:TimeoutSeconds",
                        ReadTimeLimits.Handler,
                        ReadTimeLimits.QueryFunction,
                        "the function's own timeout"
                    ),
                }
            )
            .AddSingleton(new GatewayHosts(configuration["Gateway:AllowedHosts"]))
            .AddSingleton<GatewaySpans>()
            .AddSingleton<Flush>(provider => provider.GetRequiredService<GatewaySpans>().Flush)
            .AddSingleton<QueryFunction>();
    }

    public static LambdaBootstrapBuilder CreateBootstrap(IServiceProvider provider)
    {
        var function = provider.GetRequiredService<QueryFunction>();
        var spans = provider.GetRequiredService<GatewaySpans>();
        var flush = provider.GetRequiredService<TelemetryFlush>();
        return LambdaBootstrapBuilder.Create(
            flush.After<APIGatewayHttpApiV2ProxyRequest, ILambdaContext, APIGatewayHttpApiV2ProxyResponse>(
                (request, context) => TraceAsync(function, spans, request, context)
            ),
            new SourceGeneratorLambdaJsonSerializer<LambdaJson>()
        );
    }

    /// <summary>Handles a request in two spans: the inferred span of the gateway, and the function's own span as its child.</summary>
    private static async Task<APIGatewayHttpApiV2ProxyResponse> TraceAsync(
        QueryFunction function,
        GatewaySpans spans,
        APIGatewayHttpApiV2ProxyRequest request,
        ILambdaContext context
    )
    {
        GatewayEvent.Check(request);
        using var gateway = spans.Start(request);
        APIGatewayHttpApiV2ProxyResponse? response = null;
        try
        {
            // No provider is passed: TelemetryFlush does the flush after each invocation, with a time limit.
            return response = await AWSLambdaWrapper.TraceAsync(null, HandleAsync, request, context, gateway?.Context ?? default);
        }
        finally
        {
            GatewaySpans.End(gateway, response);
        }

        async Task<APIGatewayHttpApiV2ProxyResponse> HandleAsync(APIGatewayHttpApiV2ProxyRequest request, ILambdaContext context)
        {
            var answer = await function.HandleAsync(request, context);
            if (Activity.Current is { } own)
                GatewaySpans.SetStatus(own, answer.StatusCode);
            return answer;
        }
    }

    public async Task<APIGatewayHttpApiV2ProxyResponse> HandleAsync(APIGatewayHttpApiV2ProxyRequest request, ILambdaContext context)
    {
        GatewayEvent.Check(request);
        if (hosts?.Allow(request.Headers) is false)
            return Problem(
                HttpStatusCode.BadRequest,
                "Bad Request",
                "15.5.1",
                "The host name of the request is not allowed: see Gateway:AllowedHosts."
            );
        // A path without a leading slash would become part of the host name.
        if (request.RawPath is not ['/', ..])
            return Problem(HttpStatusCode.BadRequest, "Bad Request", "15.5.1", "The path must begin with /.");
        try
        {
            using var message = HandlerRequest.Create(request, handler.BaseAddress!);
            using var response = await handler.SendAsync(message);
            var body = await response.Content.ReadAsByteArrayAsync();
            var isText = Utf8.IsValid(body); // images of the documentation are not text
            return new()
            {
                StatusCode = (int)response.StatusCode,
                Headers = HandlerResponse.HeadersOf(response, GatewayEvent.PrefixOf(request)),
                Body = isText ? Encoding.UTF8.GetString(body) : Convert.ToBase64String(body),
                IsBase64Encoded = !isText,
            };
        }
        catch (TaskCanceledException exception) when (exception.InnerException is TimeoutException)
        {
            LogNoAnswer(logger, exception);
            return Problem(HttpStatusCode.GatewayTimeout, "Gateway Timeout", "15.6.5", "The Handler did not respond in time.");
        }
        catch (HttpRequestException exception)
        {
            LogNoAnswer(logger, exception);
            return exception.HttpRequestError switch
            {
                HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError => Problem(
                    HttpStatusCode.ServiceUnavailable,
                    "Service Unavailable",
                    "15.6.4",
                    "The Handler cannot be reached at the moment. Retry after the number of seconds in the Retry-After header."
                ),
                HttpRequestError.SecureConnectionError => Problem(
                    HttpStatusCode.BadGateway,
                    "Bad Gateway",
                    "15.6.3",
                    "There is no secure connection to the Handler: its certificate is not trusted, or does not match its address."
                ),
                _ => Problem(HttpStatusCode.BadGateway, "Bad Gateway", "15.6.3", "The Handler's response was invalid or incomplete."),
            };
        }
    }

    /// <summary>An error with the same wording as the Handler's (RFC 9457).</summary>
    private static APIGatewayHttpApiV2ProxyResponse Problem(HttpStatusCode status, string title, string section, string detail)
    {
        var problem = new ProblemDetails
        {
            Type = $"https://tools.ietf.org/html/rfc9110#section-{section}",
            Title = title,
            Status = (int)status,
            Detail = detail,
            Extensions = { ["traceId"] = Activity.Current?.Id },
        };
        var response = new APIGatewayHttpApiV2ProxyResponse
        {
            StatusCode = (int)status,
            // The last two are the same as in the Handler's responses.
            Headers = new Dictionary<string, string>
            {
                ["Content-Type"] = "application/problem+json",
                ["content-security-policy"] = "default-src 'none'; frame-ancestors 'none'",
                ["x-content-type-options"] = "nosniff",
            },
            Body = JsonSerializer.Serialize(problem, LambdaJson.Default.ProblemDetails),
        };
        if (status is HttpStatusCode.ServiceUnavailable)
            response.Headers["retry-after"] = 1.ToString(CultureInfo.InvariantCulture);
        return response;
    }

    [LoggerMessage(Microsoft.Extensions.Logging.LogLevel.Warning, "The request to the Handler failed")]
    private static partial void LogNoAnswer(ILogger logger, Exception exception);
}
