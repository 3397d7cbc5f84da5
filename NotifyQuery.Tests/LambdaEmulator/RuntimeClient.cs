using System.Net.Http.Headers;
using NotifyQuery.LambdaEmulator.Functions;

namespace NotifyQuery.Tests.LambdaEmulator;

/// <summary>A function's process as the emulator sees it: one connection that requests work and answers.</summary>
internal sealed class RuntimeClient(LambdaService emulator, string function) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = new Uri(emulator.Address, $"/{function}/2018-06-01/runtime/") };

    public async Task<(string RequestId, string Payload, HttpResponseHeaders Headers)> NextAsync(CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync("invocation/next", cancellationToken);
        response.EnsureSuccessStatusCode();
        return (
            response.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single(),
            await response.Content.ReadAsStringAsync(cancellationToken),
            response.Headers
        );
    }

    public Task<HttpResponseMessage> RespondAsync(string requestId, string payload, CancellationToken cancellationToken) =>
        http.PostAsync($"invocation/{requestId}/response", new StringContent(payload), cancellationToken);

    public Task<HttpResponseMessage> FailAsync(string requestId, string document, CancellationToken cancellationToken) =>
        http.PostAsync($"invocation/{requestId}/error", new StringContent(document), cancellationToken);

    /// <summary>Closes the connection, as the end of a process does.</summary>
    public void Dispose() => http.Dispose();
}
