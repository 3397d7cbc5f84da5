using System.Diagnostics;
using System.Net;
using System.Text;
using Amazon.Runtime;

namespace NotifyQuery.Tests.Support;

/// <summary>DynamoDB's API without the SDK, which writes no text that is not Unicode; other clients do.</summary>
/// <param name="endpoint">The engine.</param>
/// <param name="credentials">Whose tables.</param>
/// <param name="retryFor">For how long an engine that is away is tried again; null to try once.</param>
internal sealed class RawDynamoDb(Uri endpoint, ImmutableCredentials credentials, TimeSpan? retryFor = null) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = endpoint };

    /// <summary>Puts an item into command-records; false, and the engine's words, when it is refused.</summary>
    public async Task<(bool Taken, string Answer)> PutAsync(string itemJson, CancellationToken cancellationToken) =>
        await AskAsync("PutItem", $$"""{"TableName":"command-records","Item":{{itemJson}}}""", cancellationToken);

    /// <summary>Removes an item of command-records.</summary>
    public async Task<(bool Taken, string Answer)> DeleteAsync(string keyJson, CancellationToken cancellationToken) =>
        await AskAsync("DeleteItem", $"{{\"TableName\":\"command-records\",\"Key\":{{{keyJson}}}}}", cancellationToken);

    public void Dispose() => http.Dispose();

    private async Task<(bool Taken, string Answer)> AskAsync(string operation, string json, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await AskOnceAsync(operation, json, cancellationToken);
            }
            catch (HttpRequestException) when (Stopwatch.GetElapsedTime(started) < retryFor)
            {
                await Task.Delay(50, cancellationToken);
            }
        }
    }

    private async Task<(bool Taken, string Answer)> AskOnceAsync(string operation, string json, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/")
        {
            Content = new StringContent(json, Encoding.UTF8, "application/x-amz-json-1.0"),
        };
        request.Headers.TryAddWithoutValidation("X-Amz-Target", $"DynamoDB_20120810.{operation}");
        request.Headers.TryAddWithoutValidation(
            "Authorization",
            $"AWS4-HMAC-SHA256 Credential={credentials.AccessKey}/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
        ); // not looked at
        using var response = await http.SendAsync(request, cancellationToken);
        if (response.StatusCode >= HttpStatusCode.InternalServerError)
            response.EnsureSuccessStatusCode();
        return (response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }
}
