#nullable enable
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Amazon.Lambda.RuntimeSupport.Client;

/// <summary>The function's side of the runtime API, version 2018-06-01.</summary>
internal sealed class RuntimeApiClient
{
    private const string ErrorTypeHeader = "Lambda-Runtime-Function-Error-Type";
    private const string ErrorCauseHeader = "Lambda-Runtime-Function-XRay-Error-Cause";
    private const int LongestErrorCause = 1024 * 1024;

    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private static readonly MediaTypeHeaderValue ErrorJson = new("application/vnd.aws.lambda.error+json");

    private readonly HttpClient _http;
    private readonly string? _endpoint;
    private Uri? _next;

    public RuntimeApiClient(HttpClient http, string? endpoint)
    {
        _http = http;
        _endpoint = endpoint ?? Environment.GetEnvironmentVariable("AWS_LAMBDA_RUNTIME_API");
    }

    /// <summary>Waits for the next invocation. The body is read once, completely, into the memory that the handler reads.</summary>
    public async Task<(MemoryStream Body, LambdaContext Context)> GetNextAsync(CancellationToken cancellationToken)
    {
        _next ??= Address("invocation/next");
        using var response = await _http.GetAsync(_next, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.NoContent))
            throw await RefusalAsync(response, cancellationToken).ConfigureAwait(false);

        var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        return (new MemoryStream(bytes, 0, bytes.Length, writable: false, publiclyVisible: true), new LambdaContext(response.Headers));
    }

    public Task SendResponseAsync(string requestId, Stream? output, CancellationToken cancellationToken)
    {
        HttpContent content = output is null ? new ByteArrayContent([]) : new StreamContent(output);
        content.Headers.ContentType = Json;
        return PostAsync(Address($"invocation/{requestId}/response"), content, null, cancellationToken);
    }

    public Task ReportInvocationErrorAsync(string requestId, Exception exception, CancellationToken cancellationToken) =>
        PostErrorAsync(Address($"invocation/{requestId}/error"), exception, withCause: true, cancellationToken);

    public Task ReportInitializationErrorAsync(Exception exception, CancellationToken cancellationToken) =>
        PostErrorAsync(Address("init/error"), exception, withCause: false, cancellationToken);

    private Task PostErrorAsync(Uri address, Exception exception, bool withCause, CancellationToken cancellationToken)
    {
        var content = new ByteArrayContent(ExceptionJson.Write(exception));
        content.Headers.ContentType = ErrorJson;
        return PostAsync(
            address,
            content,
            headers =>
            {
                headers.Add(ErrorTypeHeader, exception.GetType().Name);
                if (withCause && ExceptionJson.WriteXRayCause(exception) is { Length: < LongestErrorCause } cause)
                    headers.TryAddWithoutValidation(ErrorCauseHeader, cause);
            },
            cancellationToken
        );
    }

    private async Task PostAsync(
        Uri address,
        HttpContent content,
        Action<HttpRequestHeaders>? addHeaders,
        CancellationToken cancellationToken
    )
    {
        // Not disposed, because that would dispose the handler's stream. Only the handler decides when to dispose it.
        var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = content };
        addHeaders?.Invoke(request.Headers);
        using var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw await RefusalAsync(response, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<RuntimeApiClientException> RefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        var status = (int)response.StatusCode;
        var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key, h => h.Value);
        return new RuntimeApiClientException($"The runtime API answered {status}: {MessageIn(body)}", status, body, headers, null);
    }

    private static string MessageIn(string body)
    {
        try
        {
            using var error = JsonDocument.Parse(body);
            return
                error.RootElement.ValueKind == JsonValueKind.Object
                && error.RootElement.TryGetProperty("errorMessage", out var message)
                && message.ValueKind == JsonValueKind.String
                ? message.GetString()!
                : body;
        }
        catch (JsonException)
        {
            return body;
        }
    }

    private Uri Address(string operation) =>
        string.IsNullOrEmpty(_endpoint)
            ? throw new InvalidOperationException(
                "AWS_LAMBDA_RUNTIME_API is not set: the function does not know where to get invocations. Set it to host:port of the "
                    + "runtime API."
            )
            : new Uri($"http://{_endpoint}/2018-06-01/runtime/{operation}");
}
