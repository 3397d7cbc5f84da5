namespace NotifyQuery.Tests.EventSource;

/// <summary>Waiting for what will be so.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var deadline = new CancellationTokenSource(Limit);
        while (!await condition())
        {
            Assert.False(deadline.IsCancellationRequested, $"{what}: not so within {Limit.TotalSeconds:0} s");
            await Task.Delay(10, cancellation);
        }
    }
}
