using System.Net.Http.Headers;
using Amazon.Runtime;

namespace NotifyQuery.DynamoDB.Http;

/// <summary>The HTTP setup of all DynamoDB and DynamoDB Streams clients.</summary>
public static class DynamoDBHttp
{
    /// <summary>Lets a client read responses with text that is not valid Unicode: see <see cref="LoneSurrogates"/>.</summary>
    /// <param name="config">The client's configuration.</param>
    /// <param name="transport">Replaces the network; for tests.</param>
    public static TConfig ReadingAnyText<TConfig>(this TConfig config, HttpMessageHandler? transport = null)
        where TConfig : ClientConfig
    {
        config.HttpClientFactory = new Factory(transport);
        return config;
    }

    /// <summary>Like the SDK's own factory, plus the replacement of lone surrogates.</summary>
    private sealed class Factory(HttpMessageHandler? transport) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig)
        {
            var client = new HttpClient(new LoneSurrogateHandler(transport ?? Transport(clientConfig)));
            if (clientConfig.Timeout is { } timeout)
                client.Timeout = timeout;
            return client;
        }

        private static SocketsHttpHandler Transport(IClientConfig clientConfig)
        {
            var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
            if (clientConfig.ConnectTimeout is { } timeout)
                handler.ConnectTimeout = timeout;
            if (clientConfig.MaxConnectionsPerServer is { } connections)
                handler.MaxConnectionsPerServer = connections;
            if (clientConfig.GetWebProxy() is { } proxy)
                handler.Proxy = proxy;
            return handler;
        }
    }

    private sealed class LoneSurrogateHandler(HttpMessageHandler transport) : DelegatingHandler(transport)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (
                LoneSurrogates.WereMet
                && request.Content is { } content
                && LoneSurrogates.Restore(await content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false)) is { } restored
            )
            {
                request.Content = Replaced(content.Headers, restored);
            }

            var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            // The content is buffered here, so the SDK reads it from memory.
            var answer = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            if (LoneSurrogates.Hide(answer) is { } hidden)
            {
                response.Content = Replaced(response.Content.Headers, hidden);
                response.Headers.Remove("x-amz-crc32"); // the checksum of the original response
            }

            return response;
        }

        private static ByteArrayContent Replaced(HttpContentHeaders headers, byte[] body)
        {
            var content = new ByteArrayContent(body);
            foreach (var (name, values) in headers)
                if (!name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                    content.Headers.TryAddWithoutValidation(name, values);
            return content;
        }
    }
}
