using System.Net;
using Aspire.Dashboard;
using Aspire.Dashboard.Store;
using Offline.Tests.Hosting;

namespace Offline.Tests.Dashboard;

public sealed class AccessTests
{
    [Fact]
    public async Task Only_the_token_opens_the_dashboard()
    {
        await using var dashboard = await RunningDashboard.StartAsync();
        using var stranger = dashboard.NewBrowser();

        using var api = await stranger.GetAsync(new Uri("/api/traces", UriKind.Relative), Wait.Limit);
        using var page = await stranger.GetAsync(new Uri("/logs?level=error", UriKind.Relative), Wait.Limit);
        using var wrong = await stranger.GetAsync(new Uri("/login?t=wrong", UriKind.Relative), Wait.Limit);
        using var still = await stranger.GetAsync(new Uri("/api/traces", UriKind.Relative), Wait.Limit);

        Assert.Equal(HttpStatusCode.Unauthorized, api.StatusCode);
        Assert.Equal("/login?returnUrl=%2Flogs%3Flevel%3Derror", page.Headers.Location?.ToString());
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, still.StatusCode);
    }

    [Theory]
    [InlineData("/traces/abc?span=1", "/traces/abc?span=1")]
    [InlineData("//evil.example/", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("http://evil.example", "/")]
    public async Task The_login_sets_a_strict_cookie_and_leads_to_pages_of_its_own_only(string wanted, string led)
    {
        await using var dashboard = await RunningDashboard.StartAsync();
        using var browser = dashboard.NewBrowser();

        using var login = await browser.GetAsync(new Uri($"/login?t={RunningDashboard.Token}&returnUrl={Uri.EscapeDataString(wanted)}", UriKind.Relative), Wait.Limit);

        Assert.Equal(led, login.Headers.Location?.ToString());
        var cookie = Assert.Single(login.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(RunningDashboard.Token, cookie, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evil.example", HttpStatusCode.Forbidden)]
    [InlineData("localhost:{port}", HttpStatusCode.OK)]
    [InlineData("[::1]:{port}", HttpStatusCode.OK)]
    [InlineData("127.0.0.1:1", HttpStatusCode.Forbidden)]
    public async Task A_foreign_host_is_not_served(string host, HttpStatusCode expected)
    {
        await using var dashboard = await RunningDashboard.StartAsync();
        var port = dashboard.Server.Frontend.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/health", UriKind.Relative));
        request.Headers.Host = host.Replace("{port}", port, StringComparison.Ordinal);

        using var answer = await dashboard.Browser.SendAsync(request, Wait.Limit);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Theory]
    [InlineData("/api/traces")]
    [InlineData("/api/live")]
    public async Task A_page_of_another_origin_gets_nothing(string path)
    {
        await using var dashboard = await RunningDashboard.StartAsync();
        using var foreign = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        foreign.Headers.Add("Origin", "http://localhost:1");
        using var embedded = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        embedded.Headers.Add("Sec-Fetch-Site", "cross-site");
        embedded.Headers.Add("Sec-Fetch-Mode", "no-cors");

        using var answer = await dashboard.Browser.SendAsync(foreign, Wait.Limit);
        using var other = await dashboard.Browser.SendAsync(embedded, Wait.Limit);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
    }

    [Fact]
    public async Task What_changes_something_needs_a_header_that_no_form_can_send()
    {
        await using var dashboard = await RunningDashboard.StartAsync();

        using var answer = await dashboard.Browser.PostAsync(new Uri("/api/resources/x/commands/stop", UriKind.Relative), null, Wait.Limit);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Every_answer_forbids_foreign_content_and_framing()
    {
        await using var dashboard = await RunningDashboard.StartAsync();

        using var answer = await dashboard.Browser.GetAsync(new Uri("/health", UriKind.Relative), Wait.Limit);

        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'self'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact]
    public async Task There_are_only_so_many_event_streams()
    {
        await using var dashboard = await RunningDashboard.StartAsync(new Limits { Streams = 1 });
        var live = new Uri("/api/live", UriKind.Relative);
        using (var first = await dashboard.Browser.GetAsync(live, HttpCompletionOption.ResponseHeadersRead, Wait.Limit))
        {
            Assert.Equal("text/event-stream", first.Content.Headers.ContentType?.MediaType);
            using var second = await dashboard.Browser.GetAsync(live, HttpCompletionOption.ResponseHeadersRead, Wait.Limit);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
        }

        // The first has been closed: its place is free again, as soon as the server has noticed.
        var status = HttpStatusCode.ServiceUnavailable;
        for (var attempt = 0; attempt < 200 && status != HttpStatusCode.OK; attempt++)
        {
            using var next = await dashboard.Browser.GetAsync(live, HttpCompletionOption.ResponseHeadersRead, Wait.Limit);
            status = next.StatusCode;
            await Task.Delay(20, Wait.Limit);
        }

        Assert.Equal(HttpStatusCode.OK, status);
    }

    [Fact]
    public async Task A_taken_port_is_said_in_one_sentence_with_the_cure()
    {
        await using var dashboard = await RunningDashboard.StartAsync();
        var options = new DashboardOptions { Frontend = dashboard.Server.Frontend, BrowserToken = "t" };

        var exception = await Assert.ThrowsAsync<SettingException>(() => DashboardServer.StartAsync(options, Wait.Limit));

        Assert.Contains("ASPNETCORE_URLS", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void Without_a_token_it_does_not_start()
    {
        Assert.Throws<SettingException>(() => DashboardOptions.Read(_ => null));
        Assert.Null(DashboardOptions.Read(name => name == "ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS" ? "true" : null).BrowserToken);
    }
}
