using Amazon.DynamoDBStreams;
using Amazon.DynamoDBStreams.Model;
using Amazon.Runtime;

namespace NotifyQuery.Tests.EventSource;

/// <summary>
/// A streams client without an engine. The test defines the response to each kind of request; an undefined kind fails. Each request must
/// have the cancellation token of the test.
/// </summary>
internal sealed class ScriptedStreams()
    : AmazonDynamoDBStreamsClient(
        new BasicAWSCredentials("test", "test"),
        new AmazonDynamoDBStreamsConfig { ServiceURL = "http://127.0.0.1:1", AuthenticationRegion = "us-east-1" }
    )
{
    public Func<ListStreamsRequest, ListStreamsResponse> Streams { get; init; } = _ => throw new NotSupportedException("ListStreams");

    public Func<DescribeStreamRequest, DescribeStreamResponse> Shards { get; init; } =
        _ => throw new NotSupportedException("DescribeStream");

    public Func<GetShardIteratorRequest, GetShardIteratorResponse> Iterator { get; init; } =
        _ => throw new NotSupportedException("GetShardIterator");

    public Func<GetRecordsRequest, GetRecordsResponse> Page { get; init; } = _ => throw new NotSupportedException("GetRecords");

    public override Task<ListStreamsResponse> ListStreamsAsync(ListStreamsRequest request, CancellationToken cancellationToken = default) =>
        AnswerAsync(Streams, request, cancellationToken);

    public override Task<DescribeStreamResponse> DescribeStreamAsync(
        DescribeStreamRequest request,
        CancellationToken cancellationToken = default
    ) => AnswerAsync(Shards, request, cancellationToken);

    public override Task<GetShardIteratorResponse> GetShardIteratorAsync(
        GetShardIteratorRequest request,
        CancellationToken cancellationToken = default
    ) => AnswerAsync(Iterator, request, cancellationToken);

    public override Task<GetRecordsResponse> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default) =>
        AnswerAsync(Page, request, cancellationToken);

    private static async Task<TResponse> AnswerAsync<TRequest, TResponse>(
        Func<TRequest, TResponse> answer,
        TRequest request,
        CancellationToken cancellationToken
    )
    {
        Assert.Equal(TestContext.Current.CancellationToken, cancellationToken);
        await Task.Yield();
        return answer(request);
    }
}
