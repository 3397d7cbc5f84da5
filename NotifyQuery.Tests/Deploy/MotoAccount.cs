using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace NotifyQuery.Tests.Deploy;

/// <summary>moto's AWS by its wire formats: a process of the AWS CLI for each call would take most of the time.</summary>
internal sealed class MotoAccount(MotoServer moto) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = moto.Endpoint, Timeout = TimeSpan.FromMinutes(2) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public Task ChangeAsync(string action, string stack, string template, Dictionary<string, string>? parameters = null)
    {
        var form = new List<KeyValuePair<string, string>>
        {
            new("Action", action),
            new("Version", "2010-05-15"),
            new("StackName", stack),
            new("TemplateBody", template),
            new("Capabilities.member.1", "CAPABILITY_NAMED_IAM"),
        };
        foreach (var (name, value) in parameters ?? [])
        {
            var member = $"Parameters.member.{(form.Count / 2) - 1}";
            form.AddRange([new(member + ".ParameterKey", name), new(member + ".ParameterValue", value)]);
        }

        return SendAsync("cloudformation", HttpMethod.Post, "/", new FormUrlEncodedContent(form), Token);
    }

    public async Task UploadAsync()
    {
        using var zip = new MemoryStream();
        await using (var archive = new System.IO.Compression.ZipArchive(zip, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
            archive.CreateEntry("bootstrap");
        await SendAsync("s3", HttpMethod.Put, "/nq-served", null, Token);
        await SendAsync("s3", HttpMethod.Put, "/nq-served/functions.zip", new ByteArrayContent(zip.ToArray()), Token);
    }

    /// <summary>What the function's variable says.</summary>
    public async Task<string> ServedTableAsync(string stack, CancellationToken cancellationToken)
    {
        using var json = JsonDocument.Parse(
            await SendAsync("lambda", HttpMethod.Get, $"/2015-03-31/functions/{stack}-QueryResult/configuration", null, cancellationToken)
        );
        return json.RootElement.GetProperty("Environment").GetProperty("Variables").GetProperty("Tables__NotificationRecords").GetString()!;
    }

    public void Dispose() => http.Dispose();

    private async Task<string> SendAsync(
        string service,
        HttpMethod method,
        string path,
        HttpContent? content,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        // moto finds the service by the scope of the signature, which it does not check.
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "AWS4-HMAC-SHA256",
            $"Credential=test/20261129/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        request.Headers.TryAddWithoutValidation(
            "X-Amz-Date",
            DateTimeOffset.UtcNow.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)
        );
        using var response = await http.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{service} {method} {path}: {(int)response.StatusCode} {body}");
        return body;
    }
}
