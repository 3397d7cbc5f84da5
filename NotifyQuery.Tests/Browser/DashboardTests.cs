using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using NotifyQuery.Tests.Distributed;
using NotifyQuery.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace NotifyQuery.Tests.Browser;

/// <summary>The whole system, seen through Aspire's dashboard, in a real browser.</summary>
/// <remarks>
/// Its buttons and dialogs are custom elements whose roles the browser does not tell: they are found by their tags and texts.
/// </remarks>
[Collection(nameof(OneSystemAtATime))]
public sealed partial class DashboardTests(Chromium chromium) : IClassFixture<Chromium>
{
    // In the order of the flow, as the page has them.
    private static readonly string[] Resources =
    [
        "dynamodb",
        "tables",
        "event-source",
        "StreamProcessor",
        "gateway",
        "Query",
        "handler",
        "QueryResult",
        "LambdaServiceEmulator",
    ];

    [Fact]
    public async Task A_visitor_follows_the_printed_link_and_sees_the_system_work()
    {
        var page = await chromium.OpenAsync([]);
        using var link = new LoginLink();
        await using var system = await RunningSystem.StartWithDashboardAsync(builder =>
            builder.Services.AddLogging(logging => logging.AddProvider(link).AddFilter<LoginLink>(null, LogLevel.Information))
        );
        await page.GotoAsync(await link.Printed.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        await system.WarmUpAsync();

        await AllResourcesRunInTheOrderOfTheFlowAsync(page);
        await TheCommandReportsAsync(page);
        await TheEventSourceIsPausedAndResumedAsync(page);
        await AQueryIsOneTraceAsync(page, system);
    }

    private static async Task AllResourcesRunInTheOrderOfTheFlowAsync(IPage page)
    {
        foreach (var name in Resources)
            await Expect(RowOf(page, name)).ToContainTextAsync("Running");
        await Expect(RowOf(page, "event-source")).Not.ToContainTextAsync("Unhealthy");
        var names = await page.GetByRole(AriaRole.Row).EvaluateAllAsync<string[]>("rows => rows.map(row => row.cells[0].innerText.trim())");
        Assert.Equal(Resources, names.Where(Resources.Contains));
        await Expect(RowOf(page, "gateway").GetByRole(AriaRole.Link, new() { Name = "Query API: try it" }))
            .ToHaveAttributeAsync("href", DocumentationPage());
        await Expect(page.GetByText("development certificate")).ToHaveCountAsync(0);
    }

    private static async Task TheCommandReportsAsync(IPage page)
    {
        var question = await ChooseAsync(page, "tables", "Check stream", "marked record to command-records");
        await question.Locator("fluent-button").Filter(new() { HasText = "Yes" }).ClickAsync();

        var arguments = DialogOf(page, "How long each change may take");
        await arguments.Locator("input").FillAsync("60");
        await arguments.Locator("fluent-button").Filter(new() { HasText = "Check stream" }).ClickAsync();

        var report = DialogOf(page, "All 6 changes arrived and agree field by field.");
        await Expect(report.Locator("tr").Filter(new() { HasText = "removal, in queries" })).ToContainTextAsync("ok");
        await Expect(report.Locator("tr").Filter(new() { HasText = "transaction_id" })).ToContainTextAsync("stream-check-");
        await report.Locator("fluent-button[title=Close]").ClickAsync();
        await Expect(report).ToHaveCountAsync(0);
    }

    private static async Task TheEventSourceIsPausedAndResumedAsync(IPage page)
    {
        foreach (
            var (command, question, request, result) in ((string, string?, string, string)[])
                [
                    ("Pause", "Nothing is delivered until delivery is resumed", "pause", "nothing is delivered."),
                    ("Resume", null, "resume", "Resumed. Enabled: "),
                ]
        )
        {
            const string Arguments = "How long to wait until the event source has carried out the request";
            var first = await ChooseAsync(page, "event-source", command, question ?? Arguments);
            if (question is not null)
                await first.Locator("fluent-button").Filter(new() { HasText = "Yes" }).ClickAsync();
            await DialogOf(page, Arguments).Locator("fluent-button").Filter(new() { HasText = command }).ClickAsync();

            var report = DialogOf(page, result);
            await Expect(report.Locator("tr").Filter(new() { HasText = "shardId-" })).ToContainTextAsync("after ");
            await Expect(report).ToContainTextAsync($"Last request: {request} by ");
            await report.Locator("fluent-button[title=Close]").ClickAsync();
            await Expect(report).ToHaveCountAsync(0);
        }
    }

    private static async Task AQueryIsOneTraceAsync(IPage page, RunningSystem system)
    {
        // Nobody else asks by campaign.
        await system.AskAsync("/query/campaign?campaign_id=spring-sale&limit=1");
        await page.GetByRole(AriaRole.Link, new() { Name = "Traces" }).First.ClickAsync();
        var trace = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "GET /query/campaign" }).Last;
        // Each process exports its spans in its own time.
        foreach (var service in (string[])["gateway", "Query", "handler", "QueryResult"])
            await Expect(trace).ToContainTextAsync($"{service} (");
        await trace.Locator(".trace-name-content").ClickAsync();

        string[] nested =
        [
            "GET /query/campaign",
            "Query",
            "HTTP GET",
            "GET /query/campaign",
            "invoke QueryResult",
            "QueryResult",
            "DynamoDB.Query",
        ];
        var spans = page.GetByRole(AriaRole.Row);
        // A campaign is spread over several keys, which are read together in one span. The headings are a row, too.
        await Expect(spans).ToHaveCountAsync(nested.Length + 1);
        for (var i = 0; i < nested.Length; i++)
            await Expect(spans.Nth(i + 1)).ToContainTextAsync(nested[i]);
        await Expect(page.GetByText("Depth 7", new() { Exact = true })).ToBeVisibleAsync();
        await spans.Last.ClickAsync();
        await Expect(page.GetByText("notification-records").First).ToBeVisibleAsync();
    }

    /// <summary>
    /// Chooses a command from a resource's menu; returns the dialog that it opens. The page draws a row again when its resource changes,
    /// and its open menu closes: a person opens it again.
    /// </summary>
    private static async Task<ILocator> ChooseAsync(IPage page, string resource, string command, string text)
    {
        var dialog = DialogOf(page, text);
        var button = dialog.Locator("fluent-button").First; // the dialog's own element has no size and never counts as visible
        await RunningSystem.EventuallyAsync(
            $"'{command}' opens its dialog",
            async () =>
            {
                if (await button.IsVisibleAsync())
                    return true;
                var item = page.GetByRole(AriaRole.Menuitem, new() { Name = command });
                try
                {
                    if (!await item.IsVisibleAsync())
                        await RowOf(page, resource).GetByRole(AriaRole.Button, new() { Name = "Actions" }).ClickAsync();
                    await item.ClickAsync(new() { Timeout = 20_000 });
                    await button.WaitForAsync(new() { Timeout = 20_000 });
                    return true;
                }
                catch (TimeoutException)
                {
                    return false;
                }
            },
            TimeSpan.FromMinutes(2)
        );
        return dialog;
    }

    private static ILocator RowOf(IPage page, string resource) =>
        page.GetByRole(AriaRole.Row).Filter(new() { Has = page.GetByText(resource, new() { Exact = true }) }).First;

    private static ILocator DialogOf(IPage page, string text) => page.Locator("fluent-dialog").Filter(new() { HasText = text });

    [GeneratedRegex("/docs$")]
    private static partial Regex DocumentationPage();
}
