using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace NotifyQuery.LambdaEmulator.Gateway;

/// <summary>An HTTP API: each request that has a route becomes one synchronous invocation.</summary>
internal sealed class ApiGateway : IAsyncDisposable
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    // The server sets hop-by-hop headers itself.
    private static readonly HashSet<string> HopByHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection",
        "Content-Length",
        "Keep-Alive",
        "Proxy-Connection",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
    };

    private readonly GatewayOptions options;
    private readonly WebApplication server;
    private readonly ILogger logger;
    private readonly HttpClient lambda;
    private readonly JwtAuthorizer? authorizer;

    private ApiGateway(GatewayOptions options)
    {
        this.options = options;
        server = HttpServer.Create(
            options.Host,
            options.Port,
            limits =>
            {
                // checked here, because the server would close the connection before the client has read the reason
                limits.MaxRequestBodySize = null;
                limits.MaxRequestLineSize = GatewayOptions.MaxHeaders;
                limits.MaxRequestHeadersTotalSize = GatewayOptions.MaxHeaders;
                limits.MaxRequestHeaderCount = 1000;
            }
        );
        logger = server.Services.GetRequiredService<ILoggerFactory>().CreateLogger("ApiGateway");
        lambda = new HttpClient(
            new SocketsHttpHandler
            {
                PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
                UseCookies = false,
                UseProxy = false,
                ActivityHeadersPropagator = null, // the emulator is not part of any trace
                RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.UTF8, // the trace id of a caller may be any text
            }
        )
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        authorizer = options.Jwt is { } jwt ? new JwtAuthorizer(jwt, lambda, options.Time, logger) : null;
        server.AdmitOnlyLocalCallers(options.Host, pagesMayRead: true);
        server.Run(HandleAsync);
    }

    public Uri Address { get; private set; } = null!;

    public static async Task<ApiGateway> StartAsync(GatewayOptions options, CancellationToken cancellationToken)
    {
        var gateway = new ApiGateway(options);
        await gateway.server.StartAsync(cancellationToken);
        gateway.Address = HttpServer.Address(gateway.server);
        return gateway;
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2), options.Time);
        await server.StopAsync(limit.Token);
        await server.DisposeAsync();
        authorizer?.Dispose();
        lambda.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        if (context.Request.Path == "/__lambda_test_tool_apigateway_health__")
        {
            await context.Response.WriteAsync("health");
            return;
        }

        var requestId = RandomNumberGenerator.GetHexString(15, lowercase: true) + "=";
        try
        {
            await WriteAsync(context, await AnswerAsync(context, requestId), requestId);
        }
        catch (Exception exception)
            when (context.RequestAborted.IsCancellationRequested && exception is OperationCanceledException or IOException)
        {
            // The client has disconnected: nobody can receive a response.
        }
    }

    private async Task<HttpApiResponse> AnswerAsync(HttpContext context, string requestId)
    {
        var rawPath = RequestPath.Raw(context);
        if (
            rawPath is null
            || RequestPath.WithoutPrefix(rawPath, options.Prefix) is not { } path
            || options.Routes.Find(context.Request.Method, path) is not var (route, variables)
        )
            return HttpApiResponse.NotFound;
        JsonElement? claims = null;
        if (authorizer is not null)
        {
            var decision = await authorizer.DecideAsync(context.Request.Headers.Authorization, context.RequestAborted);
            if (decision.Refusal is { } refusal)
                return refusal;
            claims = decision.Claims;
        }

        if (await RequestBody.ReadAsync(context.Request, GatewayOptions.MaxBody, context.RequestAborted) is not { } body)
            return HttpApiResponse.TooLarge;

        var payload = HttpApiEvent.Write(
            context.Request,
            body,
            rawPath,
            options.Stage,
            route,
            variables,
            claims,
            requestId,
            options.Time.GetUtcNow()
        );
        using var timeout = new CancellationTokenSource(options.IntegrationTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, timeout.Token);
        try
        {
            return await InvokeAsync(route, payload, context.Request.Headers["X-Amzn-Trace-Id"], either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            logger.LogError("{Route}: {Function} did not answer within {Timeout}.", route.Key, route.Function, options.IntegrationTimeout);
            return HttpApiResponse.ServiceUnavailable;
        }
        catch (HttpRequestException exception)
        {
            logger.LogError(
                "{Route}: the Lambda emulator at {Address} is unreachable: {Reason}",
                route.Key,
                route.InvokeAddress,
                exception.Message
            );
            return HttpApiResponse.ServiceUnavailable;
        }
    }

    private async Task<HttpApiResponse> InvokeAsync(
        Route route,
        ReadOnlyMemory<byte> payload,
        string? traceId,
        CancellationToken cancellationToken
    )
    {
        using var content = new ReadOnlyMemoryContent(payload);
        content.Headers.ContentType = Json;
        using var request = new HttpRequestMessage(HttpMethod.Post, route.InvokeAddress) { Content = content };
        if (!string.IsNullOrEmpty(traceId))
            request.Headers.TryAddWithoutValidation("X-Amzn-Trace-Id", traceId);

        using var response = await lambda.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode == HttpStatusCode.RequestEntityTooLarge)
            return HttpApiResponse.TooLarge;

        var answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            logger.LogError(
                "{Route}: invoking {Function} was refused with {Status}: {Reason}",
                route.Key,
                route.Function,
                (int)response.StatusCode,
                System.Text.Encoding.UTF8.GetString(answer)
            );
            return HttpApiResponse.InternalServerError;
        }

        if (response.Headers.Contains("X-Amz-Function-Error"))
        {
            logger.LogError("{Route}: {Function} failed: its own output says why.", route.Key, route.Function);
            return HttpApiResponse.InternalServerError;
        }

        return HttpApiResponse.FromPayload(answer);
    }

    private async Task WriteAsync(HttpContext context, HttpApiResponse answer, string requestId)
    {
        var response = context.Response;
        response.StatusCode = answer.Status;
        try
        {
            foreach (var (name, value) in answer.Headers.Where(h => !HopByHop.Contains(h.Key)))
                response.Headers.Append(name, value);
            response.Headers["Apigw-Requestid"] = requestId;
        }
        catch (InvalidOperationException exception)
        {
            logger.LogError("The function's headers are not valid HTTP headers: {Reason}", exception.Message);
            response.Clear();
            await WriteAsync(context, HttpApiResponse.InternalServerError, requestId);
            return;
        }

        if (answer.Status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified)
            return;
        response.ContentLength = answer.Body.Length;
        await response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }
}
