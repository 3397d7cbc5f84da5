using System.Text.Json;
using BenchmarkDotNet.Attributes;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Benchmarks.Micro;

/// <summary>The contract between the Handler and the QueryResult function, for a page of 20. The figures are for one page.</summary>
public class Serializers
{
    private readonly QueryResultRequest request = new(
        new() { By = QueryKind.User, Value = "seed-user-000001" },
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    );
    private QueryResultResponse response = new();
    private byte[] requestJson = [];
    private byte[] responseJson = [];

    /// <summary>Creates a page.</summary>
    [GlobalSetup]
    public void Setup()
    {
        response = new(
            new([
                .. SampleRecords
                    .Take(NotificationQuery.DefaultLimit)
                    .Select(record =>
                        NotificationItem.TryRead(
                            NotificationItem.Of(new ProjectionWrite.Put(record, default), new TableNames().KeySpread, default)
                        )!
                    ),
            ])
        );
        (requestJson, responseJson) = (WriteRequest(), WriteResponse());
    }

    /// <summary>The Handler writes the request.</summary>
    [Benchmark(Description = "write the request")]
    public byte[] WriteRequest() => JsonSerializer.SerializeToUtf8Bytes(request, QueryResultJson.Default.QueryResultRequest);

    /// <summary>The function reads the request.</summary>
    [Benchmark(Description = "read the request")]
    public QueryResultRequest? ReadRequest() => JsonSerializer.Deserialize(requestJson, QueryResultJson.Default.QueryResultRequest);

    /// <summary>The function writes the response.</summary>
    [Benchmark(Description = "write a page of 20")]
    public byte[] WriteResponse() => JsonSerializer.SerializeToUtf8Bytes(response, QueryResultJson.Default.QueryResultResponse);

    /// <summary>The Handler reads the response.</summary>
    [Benchmark(Description = "read a page of 20")]
    public QueryResultResponse? ReadResponse() => JsonSerializer.Deserialize(responseJson, QueryResultJson.Default.QueryResultResponse);
}
