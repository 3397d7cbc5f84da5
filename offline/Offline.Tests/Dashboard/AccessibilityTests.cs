using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using NotifyQuery.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Offline.Tests.Dashboard;

/// <summary>Every page by the rules of axe.</summary>
public sealed class AccessibilityTests(ShownDashboard shown, Chromium chromium) : IClassFixture<ShownDashboard>, IClassFixture<Chromium>
{
    private readonly List<string> _problems = [];

    [Theory]
    [InlineData(1440, 900)]
    [InlineData(390, 844)]
    public async Task Each_page_is_accessible_dark_and_light_fits_its_screen_and_breaks_no_rule_of_the_browser(int width, int height)
    {
        shown.Resources.Print("ready");
        var page = await chromium.OpenAsync(_problems, new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = ColorScheme.Dark, ReducedMotion = ReducedMotion.Reduce });
        await page.GotoAsync(shown.Login.ToString());
        (string Path, string Ready)[] pages =
        [
            ("/", ".resource-row[data-name=shop]"), ("/?resource=shop", ".panel .environment"), ("/flow", ".flow-hop"), ("/traces", ".trace-row"), ($"/traces/{ShownDashboard.Trace}", ".waterfall-row"),
            ("/logs", ".log-row"), ("/console/shop", ".page-tools"), ("/metrics?name=shop.time", ".readout-value"),
        ];
        foreach (var (path, ready) in pages)
        {
            await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
            await page.GotoAsync(new Uri(shown.Login, path).ToString());
            await page.Locator(ready).First.WaitForAsync();

            await HasNoViolationsAsync(page, path, only: null);
            await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
            await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "light");
            await HasNoViolationsAsync(page, path, only: "color-contrast"); // the one rule that a scheme bears on
            Assert.True(await page.EvaluateAsync<bool>("[document.documentElement, document.querySelector('main')].every(one => one.scrollWidth <= one.clientWidth)"), $"{path} scrolls sideways");
            await Expect(page.Locator("h1")).ToHaveCountAsync(1);
        }

        Assert.Empty(_problems);
    }

    private static async Task HasNoViolationsAsync(IPage page, string path, string? only)
    {
        var violations = (await page.RunAxe(new AxeRunOptions
        {
            RunOnly = only is null ? null : new() { Type = "rule", Values = [only] },
            ResultTypes = [ResultType.Violations], // what passes is told in full, too, otherwise
        })).Violations;
        Assert.True(violations.Length == 0, $"{path}: {string.Join("\n", violations.Select(one => $"{one.Id}: {one.Help}: {string.Join(", ", one.Nodes.Select(node => node.Html))}"))}");
    }
}
