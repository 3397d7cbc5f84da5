using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using NotifyQuery.Tests.Distributed;
using NotifyQuery.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace NotifyQuery.Tests.Browser;

/// <summary>The whole system, seen through its dashboard, in a real browser.</summary>
[Collection(nameof(OneSystemAtATime))]
public sealed class DashboardTests(Chromium chromium) : IClassFixture<Chromium>
{
    private readonly List<string> problems = [];

    [Fact]
    public async Task A_visitor_follows_the_printed_link_and_sees_the_system_work()
    {
        var page = await chromium.OpenAsync(problems);
        using var link = new LoginLink();
        await using var system = await RunningSystem.StartWithDashboardAsync(builder => builder.Services.AddLogging(logging => logging.AddProvider(link)));
        await page.GotoAsync(await link.Printed.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        if (await page.Locator("#side .nav").CountAsync() == 0) Assert.Skip("another dashboard, whose pages are not ours to test");

        await AllResourcesRunAsync(page);
        await system.WarmUpAsync();
        await AReadIsOneTraceAsync(page, system);
        await ALogLineIsReadAsync(page);
        await ACommandSaysHowItWentAsync(page);
        await TheFlowMovesAsync(page, system);
        Assert.Empty(problems);
    }

    private static async Task AllResourcesRunAsync(IPage page)
    {
        foreach (var name in (string[])["dynamodb", "tables", "StreamProcessor", "event-source", "QueryResult", "handler", "Query", "gateway"])
            await Expect(page.Locator($".resource-row[data-name='{name}']")).ToContainTextAsync("Running");
    }

    private static async Task AReadIsOneTraceAsync(IPage page, RunningSystem system)
    {
        // The first one finds every process cold.
        await RunningSystem.EventuallyAsync("a query is answered", async () =>
        {
            await system.AskAsync("/query/user?user_id=user-0001");
            return true;
        });
        await OpenAsync(page, "Traces");
        await page.Locator(".trace-row").Filter(new() { HasText = "gateway" }).Filter(new() { HasText = "QueryResult" }).First.ClickAsync();
        var spans = page.GetByRole(AriaRole.Treegrid).GetByRole(AriaRole.Row);
        foreach (var resource in (string[])["gateway", "Query", "handler", "QueryResult"])
            await Expect(spans.Filter(new() { HasText = resource }).First).ToBeVisibleAsync();
        await spans.Filter(new() { HasText = "DynamoDB" }).First.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Complementary, new() { Name = "Span details" })).ToContainTextAsync("notification-records");
    }

    private static async Task ALogLineIsReadAsync(IPage page)
    {
        await OpenAsync(page, "Console");
        await page.GetByRole(AriaRole.Combobox, new() { Name = "Resource", Exact = true }).SelectOptionAsync("event-source");
        await Expect(page.GetByRole(AriaRole.Log).Locator(".line").First).ToBeVisibleAsync();
    }

    /// <summary>The check of the stream where the tables offer it, else a restart.</summary>
    private static async Task ACommandSaysHowItWentAsync(IPage page)
    {
        await OpenAsync(page, "Resources");
        var check = page.GetByRole(AriaRole.Button, new() { Name = "Check stream" });
        await page.Locator(".resource-row[data-name='tables']").WaitForAsync();
        var hasCheck = await check.CountAsync() > 0;
        await (hasCheck ? check.First : page.GetByRole(AriaRole.Button, new() { Name = "Restart handler" })).ClickAsync();
        await Expect(page.Locator(".message.ok").Filter(new() { HasText = hasCheck ? "Check stream" : "handler" })).ToBeVisibleAsync();
    }

    private static async Task TheFlowMovesAsync(IPage page, RunningSystem system)
    {
        await OpenAsync(page, "Flow");
        var hop = page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "External systems to command-records" });
        await hop.WaitForAsync();
        await RunningSystem.EventuallyAsync("the flow page shows the writes", async () =>
        {
            await system.Commands.PutAsync(RunningSystem.NewRecord("user-of-the-flow"), TestContext.Current.CancellationToken);
            return !(await hop.TextContentAsync())!.Contains("quiet", StringComparison.Ordinal);
        });
    }

    private static Task OpenAsync(IPage page, string name) =>
        page.GetByRole(AriaRole.Navigation, new() { Name = "Pages" }).GetByRole(AriaRole.Link, new() { Name = name }).ClickAsync();
}
