using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Amazon.DynamoDBStreams;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using NotifyQuery.Benchmarks.Running;
using NotifyQuery.DynamoDB.Http;

namespace NotifyQuery.Tests.Support;

/// <summary>A server on a free port that is not DynamoDB. It gives the same response to every request, or none.</summary>
internal sealed class ScriptedEngine : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly byte[]? answer;
    private readonly Task serving;

    private ScriptedEngine(byte[]? answer)
    {
        this.answer = answer;
        listener.Start();
        serving = ServeAsync();
    }

    /// <summary>Accepts requests and never responds.</summary>
    public static ScriptedEngine Silent() => new(null);

    /// <summary>Responds with an error of DynamoDB.</summary>
    public static ScriptedEngine Failing(HttpStatusCode status, string errorCode, string message = "scripted") =>
        Answering(status, $$"""{"__type":"com.amazonaws.dynamodb.v20120810#{{errorCode}}","message":"{{message}}"}""");

    /// <summary>Responds with the given body of ASCII characters.</summary>
    public static ScriptedEngine Answering(HttpStatusCode status, string body) =>
        new(
            Encoding.UTF8.GetBytes(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"HTTP/1.1 {(int)status} Scripted\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: "
                        + $"{body.Length}\r\nConnection: close\r\n\r\n{body}"
                )
            )
        );

    /// <summary>Closes every connection without a response.</summary>
    public static ScriptedEngine HangingUp() => new([]);

    /// <summary>The last request, head and body.</summary>
    public string LastRequest { get; private set; } = "";

    /// <summary>A streams client of this engine, without retries.</summary>
    public AmazonDynamoDBStreamsClient Streams() =>
        new(
            new BasicAWSCredentials("test", "test"),
            new AmazonDynamoDBStreamsConfig
            {
                ServiceURL = $"http://{listener.LocalEndpoint}",
                AuthenticationRegion = "us-east-1",
                MaxErrorRetry = 0,
            }.ReadingAnyText()
        );

    /// <summary>A client of this engine, without retries and with a short timeout.</summary>
    public AmazonDynamoDBClient Client() =>
        ClientOf((IPEndPoint)listener.LocalEndpoint, answer is null ? TimeSpan.FromMilliseconds(300) : TimeSpan.FromSeconds(60));

    /// <summary>A client of an address where nothing listens.</summary>
    public static AmazonDynamoDBClient ClientOfNothing() =>
        ClientOf(new(IPAddress.Loopback, ChildProcess.FreePort()), TimeSpan.FromSeconds(60));

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await serving;
        listener.Dispose();
        stop.Dispose();
    }

    private static AmazonDynamoDBClient ClientOf(IPEndPoint address, TimeSpan timeout) =>
        new(
            new BasicAWSCredentials("test", "test"),
            new AmazonDynamoDBConfig
            {
                ServiceURL = $"http://{address}",
                AuthenticationRegion = "us-east-1",
                MaxErrorRetry = 0,
                Timeout = timeout,
            }.ReadingAnyText()
        );

    private async Task ServeAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(AnswerAsync(await listener.AcceptTcpClientAsync(stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    /// <summary>Head and body may arrive separately.</summary>
    private async Task<string> ReadAsync(NetworkStream stream, byte[] buffer)
    {
        var request = "";
        while (true)
        {
            var read = await stream.ReadAsync(buffer, stop.Token);
            request += Encoding.ASCII.GetString(buffer, 0, read);
            var head = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (read == 0 || (head >= 0 && request.Length >= head + 4 + LengthOf(request[..head])))
                return request;
        }

        static int LengthOf(string head) =>
            head.Split("\r\n")
                .Select(line => line.Split(": "))
                .Where(line => line[0].Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                .Select(line => int.Parse(line[1], CultureInfo.InvariantCulture))
                .FirstOrDefault();
    }

    private async Task AnswerAsync(TcpClient connection)
    {
        using (connection)
        {
            var stream = connection.GetStream();
            var buffer = new byte[16 * 1024];
            try
            {
                LastRequest = await ReadAsync(stream, buffer);
                if (answer is null)
                    await Task.Delay(Timeout.Infinite, stop.Token);
                await stream.WriteAsync(answer, stop.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException)
            {
                // the test is over, or the client has disconnected
            }
        }
    }
}
