namespace NotifyQuery.Benchmarks.Running;

/// <summary>
/// The response times of DynamoDB as seen by a function: 5 ms, and 25 ms for slightly more than one response in a hundred.
/// </summary>
internal sealed class DistantAnswers
{
    private const int SlowOne = 80; // one response in so many is slow, so the 99th percentile is slow
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(25);

    private int answers;

    /// <summary>The time of the next response.</summary>
    public TimeSpan Next() => Interlocked.Increment(ref answers) % SlowOne == 0 ? Slow : Usual;
}
