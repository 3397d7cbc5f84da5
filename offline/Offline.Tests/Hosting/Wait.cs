namespace Offline.Tests.Hosting;

internal static class Wait
{
    /// <summary>Until the condition holds; a test that hangs here fails by the limit, which says for what it waited.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            if (limit.IsCancellationRequested)
                Assert.Fail($"waited in vain until {what}");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    public static CancellationToken Limit => CancellationTokenSource.CreateLinkedTokenSource(
        TestContext.Current.CancellationToken, new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token).Token;
}
