using System.Diagnostics;
using System.Net;
using System.Text;
using Amazon.Runtime;

namespace NotifyQuery.Tests.Support;

/// <summary>DynamoDB's API without the SDK. The SDK cannot write text that is invalid Unicode, but other clients can.</summary>
/// <param name="endpoint">The engine.</param>
/// <param name="credentials">The credentials, whose access key selects the tables.</param>
/// <param name="retryFor">For how long requests to an unreachable engine are retried; null for no retry.</param>
internal sealed class RawDynamoDb(Uri endpoint, ImmutableCredentials credentials, TimeSpan? retryFor = null) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = endpoint };

    /// <summary>Puts an item into command-records. Returns false, and the engine's message, if the engine refuses it.</summary>
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
        ); // DynamoDB Local does not verify the signature
        using var response = await http.SendAsync(request, cancellationToken);
        if (response.StatusCode >= HttpStatusCode.InternalServerError)
            response.EnsureSuccessStatusCode();
        return (response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }
}
