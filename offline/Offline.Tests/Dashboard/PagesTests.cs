using Microsoft.Playwright;
using NotifyQuery.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Offline.Tests.Dashboard;

/// <summary>The pages in a real browser, before a real dashboard.</summary>
public sealed class PagesTests(ShownDashboard shown, Chromium chromium) : IClassFixture<ShownDashboard>, IClassFixture<Chromium>
{
    private readonly List<string> _problems = [];

    [Fact]
    public async Task The_tab_key_reaches_the_skip_link_the_navigation_and_the_page_and_shortcuts_lead_on()
    {
        var page = await LogInAsync();
        await page.Locator(".resource-row[data-name=shop]").WaitForAsync();
        await page.EvaluateAsync("document.activeElement.blur()");

        var reached = new List<string>();
        for (var i = 0; i < 12; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            reached.Add(await page.EvaluateAsync<string>("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim()"));
        }

        Assert.Equal(["Skip to the page", "Dashboard", "Resources", "Flow", "Traces", "Logs", "Console", "Metrics"], reached.Take(8));
        Assert.Contains("Find a resource", reached);
        await page.EvaluateAsync("document.activeElement.blur()");
        await page.Keyboard.PressAsync("g");
        await page.Keyboard.PressAsync("t");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Traces", Level = 1 })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("?");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Keyboard shortcuts");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        Assert.Empty(_problems);
    }

    [Fact]
    public async Task A_waterfall_is_walked_by_keys_and_its_address_opens_the_same_span()
    {
        var page = await LogInAsync();
        await GoAsync(page, $"/traces/{ShownDashboard.Trace}");
        var rows = page.Locator(".waterfall-row");
        await Expect(rows).ToHaveCountAsync(4);
        await Expect(rows.Nth(3)).ToHaveAttributeAsync("aria-level", "4");
        await Expect(rows.Nth(1)).ToHaveAttributeAsync("aria-label", "take, shop, 36 ms, error");

        await rows.First.FocusAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        await Expect(rows.Nth(1)).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("ArrowLeft");
        await Expect(rows).ToHaveCountAsync(2);
        await Expect(rows.Nth(1)).ToHaveAttributeAsync("aria-expanded", "false");
        await page.Keyboard.PressAsync("ArrowRight");
        await Expect(rows).ToHaveCountAsync(4);
        await page.Keyboard.PressAsync("Enter");
        var details = page.GetByRole(AriaRole.Complementary, new() { Name = "Span details" });
        await Expect(details).ToContainTextAsync("order.size");
        await Expect(details).ToContainTextAsync("out of stock");

        var address = page.Url;
        Assert.Contains("span=", address, StringComparison.Ordinal);
        await page.GotoAsync(address);
        await Expect(details).ToContainTextAsync("out of stock");
        await details.GetByRole(AriaRole.Button, new() { Name = "Close details" }).ClickAsync();
        await Expect(details).ToBeHiddenAsync();
        Assert.Empty(_problems);
    }

    [Fact]
    public async Task A_trace_of_thousands_of_spans_draws_only_the_rows_in_sight()
    {
        var page = await LogInAsync();
        await GoAsync(page, $"/traces/{ShownDashboard.LongTrace}");
        var grid = page.GetByRole(AriaRole.Treegrid);
        await Expect(grid).ToHaveAttributeAsync("aria-rowcount", "3001");
        Assert.InRange(await page.Locator(".waterfall-row").CountAsync(), 10, 120);

        await page.Locator(".waterfall-row").First.FocusAsync();
        await page.Keyboard.PressAsync("End");
        await Expect(page.Locator(".waterfall-row[aria-rowindex='3001']")).ToBeFocusedAsync();
        Assert.InRange(await page.Locator(".waterfall-row").CountAsync(), 10, 120);
        Assert.Empty(_problems);
    }

    [Fact]
    public async Task A_command_asks_runs_and_shows_its_result_and_a_secret_is_seen_on_demand_only()
    {
        var page = await LogInAsync();
        var row = page.Locator(".resource-row[data-name=shop]");
        await Expect(row).ToContainTextAsync("stock: three left");
        await Expect(row.GetByRole(AriaRole.Link, new() { Name = "127.0.0.1:4000" })).ToHaveAttributeAsync("href", "http://127.0.0.1:4000");

        await row.GetByRole(AriaRole.Button, new() { Name = "Count stock" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        Assert.DoesNotContain("count", shown.Resources.Commands);
        await row.GetByRole(AriaRole.Button, new() { Name = "Count stock" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Count stock" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Show result" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("pears 4");
        Assert.Equal(["count"], shown.Resources.Commands);
        await page.Keyboard.PressAsync("Escape");

        await row.GetByRole(AriaRole.Button, new() { Name = "shop", Exact = true }).ClickAsync();
        var details = page.GetByRole(AriaRole.Complementary, new() { Name = "Resource details" });
        await Expect(details).ToContainTextAsync("green");
        await Expect(details).Not.ToContainTextAsync("open sesame");
        await details.GetByRole(AriaRole.Button, new() { Name = "Reveal PASSWORD" }).ClickAsync();
        await Expect(details).ToContainTextAsync("open sesame");
        await details.GetByRole(AriaRole.Button, new() { Name = "Hide PASSWORD" }).ClickAsync();
        await Expect(details).Not.ToContainTextAsync("open sesame");
        Assert.Empty(_problems);
    }

    [Fact]
    public async Task The_console_is_live_coloured_searched_and_can_be_paused()
    {
        var page = await LogInAsync();
        await GoAsync(page, "/console/shop");
        shown.Resources.Print("""\u001b[31mred\u001b[0m <b>plain</b>""");
        var log = page.GetByRole(AriaRole.Log);
        await Expect(log).ToContainTextAsync("red <b>plain</b>");
        await Expect(log.Locator(".ansi-1")).ToHaveTextAsync("red");

        await page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        shown.Resources.Print("while paused");
        await Expect(page.GetByText("1 new line waiting")).ToBeVisibleAsync();
        await Expect(log).Not.ToContainTextAsync("while paused");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Expect(log).ToContainTextAsync("while paused");
        await page.GetByRole(AriaRole.Searchbox).FillAsync("paused");
        await Expect(log.Locator(".line")).ToHaveCountAsync(1);
        await Expect(log.Locator("mark")).ToHaveTextAsync("paused");
        Assert.Empty(_problems);
    }

    [Fact]
    public async Task Logs_are_filtered_by_level_and_lead_to_their_trace()
    {
        var page = await LogInAsync();
        await GoAsync(page, "/logs");
        await Expect(page.Locator(".log-row")).ToHaveCountAsync(2);
        await page.GetByLabel("Level").SelectOptionAsync("error");
        await Expect(page.Locator(".log-row")).ToHaveCountAsync(1);
        Assert.Contains("level=error", page.Url, StringComparison.Ordinal);
        await Expect(page.Locator(".log-row")).ToContainTextAsync("The till is stuck");
        await page.GetByRole(AriaRole.Link, new() { Name = "Trace of this log" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Complementary, new() { Name = "Span details" })).ToContainTextAsync("out of stock");
        Assert.Empty(_problems);
    }

    [Fact]
    public async Task A_hop_of_the_flow_shows_its_rate_and_leads_to_a_trace()
    {
        var page = await LogInAsync();
        await GoAsync(page, "/flow");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Orders", Level = 1 })).ToBeVisibleAsync();
        await shown.SendTraceAsync(50, ShownDashboard.Now());
        var hop = page.GetByRole(AriaRole.Link, new() { Name = "Buyers to Shop: orders" });
        await Expect(hop).ToContainTextAsync("/s");
        await Expect(page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "Clerk to Stock: fills" })).ToContainTextAsync("quiet");
        await hop.ClickAsync();
        await Expect(page.Locator(".waterfall-row").First).ToBeVisibleAsync();
        Assert.Empty(_problems);
    }

    [Fact]
    public async Task A_histogram_is_drawn_by_its_percentiles_and_read_by_keys_or_as_a_table()
    {
        var page = await LogInAsync();
        await GoAsync(page, "/metrics?name=shop.time");
        var chart = page.GetByRole(AriaRole.Slider, new() { Name = "Percentiles of shop.time" });
        await chart.FocusAsync();
        await page.Keyboard.PressAsync("End");
        await Expect(chart).ToHaveAttributeAsync("aria-valuetext", new System.Text.RegularExpressions.Regex("p99 .*, p90 .*, p50 "));
        await page.GetByText("Show as a table").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Columnheader, new() { Name = "p99" })).ToBeVisibleAsync();
        Assert.Empty(_problems);
    }

    [Fact]
    public async Task A_wrong_token_is_told_and_a_lost_connection_is_seen_until_it_is_back()
    {
        var page = await chromium.OpenAsync(_problems);
        await page.GotoAsync(new Uri(shown.Login, "/login?t=wrong").ToString());
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("not valid");
        await page.GetByLabel("Token").FillAsync(shown.Login.ToString()); // the whole link is as good
        await page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await Expect(page.GetByText("Live", new() { Exact = true })).ToBeVisibleAsync();
        _problems.Clear(); // the 401 of the wrong token

        await page.Context.RouteAsync("**/api/**", route => route.AbortAsync());
        await page.ReloadAsync();
        await Expect(page.GetByText("Connection lost.")).ToBeVisibleAsync();
        await page.Context.UnrouteAsync("**/api/**");
        await Expect(page.GetByText("Connection lost.")).ToBeHiddenAsync();
        await Expect(page.Locator(".resource-row[data-name=shop]")).ToBeVisibleAsync();
    }

    private async Task<IPage> LogInAsync(BrowserNewContextOptions? options = null)
    {
        var page = await chromium.OpenAsync(_problems, options);
        await page.GotoAsync(shown.Login.ToString());
        return page;
    }

    private async Task GoAsync(IPage page, string path) => await page.GotoAsync(new Uri(shown.Login, path).ToString());
}
