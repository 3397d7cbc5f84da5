using BenchmarkDotNet.Attributes;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.Benchmarks.Micro;

/// <summary>Encoding and decoding a cursor.</summary>
public class Cursors
{
    private readonly CursorCodec codec = new(new byte[32]);
    private readonly NotificationQuery query = new() { By = QueryKind.User, Value = "seed-user-000001" };
    private readonly NotificationKey position = NotificationKey.Of("seed-user-000001", "2026-11-22T08:15:30.123Z", "seed-1-00000001");
    private string cursor = "";

    /// <summary>Creates a cursor.</summary>
    [GlobalSetup]
    public void Setup() => cursor = Encode();

    /// <summary>Encodes the cursor for a response.</summary>
    [Benchmark(Description = "encode")]
    public string Encode() => codec.Encode(query, position);

    /// <summary>Decodes the cursor of a request.</summary>
    [Benchmark(Description = "decode")]
    public bool Decode() => codec.TryDecode(query, cursor, out _);
}
