namespace NotifyQuery.Benchmarks.Running;

/// <summary>How long DynamoDB takes to answer a function: 5 ms, and more than one in a hundred 25 ms.</summary>
internal sealed class DistantAnswers
{
    private const int SlowOne = 80; // of so many: the 99th percentile is the slow one's
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(25);

    private int answers;

    /// <summary>The time of the next answer.</summary>
    public TimeSpan Next() => Interlocked.Increment(ref answers) % SlowOne == 0 ? Slow : Usual;
}
