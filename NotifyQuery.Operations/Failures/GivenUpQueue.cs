using System.Globalization;
using System.Runtime.CompilerServices;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace NotifyQuery.Operations.Failures;

/// <summary>A message of the queue.</summary>
/// <param name="Body">The body of the message.</param>
/// <param name="SentAt">When it was sent.</param>
/// <param name="Receipt">The receipt handle, for deleting or releasing the message.</param>
public sealed record GivenUpMessage(string Body, DateTimeOffset SentAt, string Receipt);

/// <summary>
/// The on-failure destination on AWS: an SQS queue. A received message is hidden from other consumers for a while, and is deleted only when
/// it is done.
/// </summary>
public sealed class GivenUpQueue
{
    /// <summary>The visibility timeout of a message during processing.</summary>
    public static readonly TimeSpan Hidden = TimeSpan.FromMinutes(5);

    private const int MostOfOneReceive = 10; // SQS's own limit

    // With short polling, SQS queries only some of its servers.
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);

    // In a long queue, one empty response is not necessarily the end.
    private const int EmptyAtTheEnd = 2;

    private readonly IAmazonSQS client;
    private readonly string url;

    private GivenUpQueue(IAmazonSQS client, string url) => (this.client, this.url) = (client, url);

    /// <summary>Finds the queue.</summary>
    /// <param name="client">SQS.</param>
    /// <param name="queue">The name or the URL of the queue.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <exception cref="QueueDoesNotExistException">There is no queue with this name.</exception>
    public static async Task<GivenUpQueue> FindAsync(IAmazonSQS client, string queue, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentException.ThrowIfNullOrEmpty(queue);
        return new(
            client,
            queue.Contains("://", StringComparison.Ordinal)
                ? queue
                : (
                    await client.GetQueueUrlAsync(new GetQueueUrlRequest { QueueName = queue }, cancellationToken).ConfigureAwait(false)
                ).QueueUrl
        );
    }

    /// <summary>Receives messages until the queue has no more. Each message is hidden for <see cref="Hidden"/>.</summary>
    public async IAsyncEnumerable<GivenUpMessage> ReceiveAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var empty = 0; empty < EmptyAtTheEnd; )
        {
            var received = await client
                .ReceiveMessageAsync(
                    new ReceiveMessageRequest
                    {
                        QueueUrl = url,
                        MaxNumberOfMessages = MostOfOneReceive,
                        VisibilityTimeout = (int)Hidden.TotalSeconds,
                        WaitTimeSeconds = (int)Wait.TotalSeconds,
                        MessageSystemAttributeNames = ["SentTimestamp"],
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
            empty = received.Messages is { Count: > 0 } ? 0 : empty + 1;
            foreach (var message in received.Messages ?? [])
                yield return new(message.Body, SentAt(message), message.ReceiptHandle);
        }
    }

    /// <summary>Deletes a message that is done.</summary>
    public Task DeleteAsync(GivenUpMessage message, CancellationToken cancellationToken) =>
        client.DeleteMessageAsync(url, message.Receipt, cancellationToken);

    /// <summary>Hides a message for <see cref="Hidden"/> from now.</summary>
    public Task HideAsync(GivenUpMessage message, CancellationToken cancellationToken) =>
        client.ChangeMessageVisibilityAsync(url, message.Receipt, (int)Hidden.TotalSeconds, cancellationToken);

    /// <summary>Releases a message, so that others can receive it at once.</summary>
    public Task ReleaseAsync(GivenUpMessage message, CancellationToken cancellationToken) =>
        client.ChangeMessageVisibilityAsync(url, message.Receipt, 0, cancellationToken);

    private static DateTimeOffset SentAt(Message message) =>
        message.Attributes is { } attributes
        && attributes.TryGetValue("SentTimestamp", out var text)
        && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : DateTimeOffset.MinValue;
}
