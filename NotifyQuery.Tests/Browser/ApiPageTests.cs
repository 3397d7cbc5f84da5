using NotifyQuery.Tests.Handler;
using NotifyQuery.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace NotifyQuery.Tests.Browser;

/// <summary>The Handler's page to try the API, in a real browser.</summary>
public sealed class ApiPageTests(Chromium chromium) : IClassFixture<Chromium>
{
    private readonly List<string> problems = [];

    [Fact]
    public async Task A_visitor_tries_a_query_and_sees_its_answer_and_nothing_comes_from_another_host()
    {
        using var handler = HandlerServer.Open();
        var page = await chromium.OpenAsync(problems);
        var hosts = new HashSet<string>();
        page.Request += (_, request) => hosts.Add(new Uri(request.Url).Authority);

        await page.GotoAsync(new Uri(handler.Address, "/docs").ToString());
        await Expect(page.Locator(".opblock")).ToHaveCountAsync(4);
        var query = page.Locator(".opblock").Filter(new() { HasText = "/query/user" });
        await query.Locator(".opblock-summary-control").ClickAsync();
        await query.Locator("tr[data-param-name='user_id'] input").FillAsync("bob");
        await query.Locator("tr[data-param-name='limit'] input").FillAsync("1");
        await query.Locator("button.execute").ClickAsync();

        var answer = query.Locator(".live-responses-table");
        await Expect(answer.Locator(".response-col_status").Last).ToContainTextAsync("200");
        await Expect(answer.Locator(".response-col_description").Last).ToContainTextAsync("tx-shared");
        Assert.Equal([handler.Address.Authority], hosts);
        Assert.Empty(problems);
    }
}
