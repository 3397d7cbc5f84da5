using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>The commands, queries and pages of the tests of the reader.</summary>
internal static class ReaderQueries
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    public static readonly NotificationQuery OfAnn = new()
    {
        By = QueryKind.User,
        Value = "ann",
        Limit = 100,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A command whose moments grow with its number.</summary>
    public static CommandRecord Record(int number, string user, DateTimeOffset? createdAt = null) =>
        new()
        {
            TransactionId = $"tx-{number:D4}",
            CreatedAt = Timestamp.Format(createdAt ?? Noon.AddMinutes(number)),
            UserId = user,
        };

    public static NotificationQuery Status(NotificationStatus status, DateTimeOffset from, DateTimeOffset to) =>
        new()
        {
            By = QueryKind.Status,
            Value = status.ToName(),
            From = Timestamp.Format(from),
            To = Timestamp.Format(to),
        };

    public static ProjectionWrite.Put Put(CommandRecord record) => new(record, Change.Version(1));

    public static async Task<IEnumerable<string>> IdsAsync(LocalTables tables, NotificationQuery query)
    {
        var page = await tables.Reader.ReadAsync(query, Token);
        Assert.Null(page.Next);
        return page.Items.Select(item => item.TransactionId);
    }

    public static async Task<List<NotificationPage>> PagesAsync(LocalTables tables, NotificationQuery query)
    {
        var pages = new List<NotificationPage> { await tables.Reader.ReadAsync(query, Token) };
        while (pages[^1].Next is { } next)
            pages.Add(await tables.Reader.ReadAsync(query with { After = next }, Token));
        return pages;
    }
}
