using BenchmarkDotNet.Attributes;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.Benchmarks.Micro;

/// <summary>A cursor, both ways.</summary>
public class Cursors
{
    private readonly CursorCodec codec = new(new byte[32]);
    private readonly NotificationQuery query = new() { By = QueryKind.User, Value = "seed-user-000001" };
    private readonly NotificationKey position = NotificationKey.Of("seed-user-000001", "2026-11-22T08:15:30.123Z", "seed-1-00000001");
    private string cursor = "";

    /// <summary>Writes one.</summary>
    [GlobalSetup]
    public void Setup() => cursor = Encode();

    /// <summary>As it goes to the caller.</summary>
    [Benchmark(Description = "encode")]
    public string Encode() => codec.Encode(query, position);

    /// <summary>As it comes back.</summary>
    [Benchmark(Description = "decode")]
    public bool Decode() => codec.TryDecode(query, cursor, out _);
}
