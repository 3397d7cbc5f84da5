using System.Text.Json;
using Microsoft.AspNetCore.Http;
using NotifyQuery.Tests.Distributed;

namespace NotifyQuery.Tests.Handler;

/// <summary>A query of each kind, and what comes of it.</summary>
internal static class GuardedQueries
{
    public const string ByUser = "/query/user?user_id=alice";
    public const string ByTransaction = "/query/transaction?transaction_id=tx-bob";
    public const string ByCampaign = "/query/campaign?campaign_id=spring-sale";
    public const string ByStatus = "/query/status?status=FAILED&from=2026-11-22&to=2026-11-23";

    public static JsonElement[] ItemsOf(RawAnswer answer)
    {
        Assert.True(answer.Status == StatusCodes.Status200OK, answer.Body);
        var items = JsonDocument.Parse(answer.Body).RootElement.GetProperty("items").EnumerateArray().ToArray();
        Assert.NotEmpty(items);
        return items;
    }
}
