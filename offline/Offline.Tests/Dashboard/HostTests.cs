using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Offline.Tests.Hosting;

namespace Offline.Tests.Dashboard;

/// <summary>The dashboard as an AppHost starts it.</summary>
public sealed class HostTests
{
    [Fact]
    public async Task The_dashboard_shows_the_resources_masks_secrets_and_runs_commands()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Hosting_SampleHost>(["--Greeting=hello"],
            (options, _) => options.DisableDashboard = false, Wait.Limit);
        await using var app = await builder.BuildAsync(Wait.Limit);
        await app.StartAsync(Wait.Limit);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("aspire-dashboard", Wait.Limit);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("child", Wait.Limit);
        using var browser = new HttpClient { BaseAddress = app.GetEndpoint("aspire-dashboard") };
        using (await browser.GetAsync(new Uri($"/login?t={builder.Configuration["AppHost:BrowserToken"]}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Wait.Limit))
        {
        }

        var child = await ChildAsync(browser, one => one.GetProperty("health").GetString() == "Healthy");
        Assert.Equal(("Running", "Project"), (child.GetProperty("state").GetString(), child.GetProperty("type").GetString()));
        Assert.Equal(app.GetEndpoint("child"), new Uri(child.GetProperty("urls")[0].GetProperty("url").GetString()!));
        var environment = child.GetProperty("environment").EnumerateArray().ToDictionary(one => one.GetProperty("name").GetString()!);
        Assert.Equal("hello", environment["GREETING"].GetProperty("value").GetString());
        foreach (var secret in new[] { "PHRASE", "OTEL_EXPORTER_OTLP_HEADERS" })
        {
            Assert.True(environment[secret].GetProperty("secret").GetBoolean());
            Assert.Equal(JsonValueKind.Null, environment[secret].GetProperty("value").ValueKind);
        }

        var revealed = await browser.GetStringAsync(new Uri("/api/resources/child/environment/PHRASE", UriKind.Relative), Wait.Limit);
        Assert.Equal("""{"value":"it is open sesame"}""", revealed);

        var greet = child.GetProperty("commands").EnumerateArray().Single(command => command.GetProperty("name").GetString() == "greet");
        Assert.Equal("Really greet?", greet.GetProperty("confirmation").GetString());
        Assert.Equal("""{"success":true,"canceled":false,"message":"greeted","resultText":"hello, hello"}""", await CommandAsync(browser, "greet"));
        await foreach (var lines in EventsAsync(browser, "/api/console/child", "lines"))
        {
            if (lines.GetRawText().Contains("Greeting in progress", StringComparison.Ordinal))
                break;
        }

        Assert.Contains("\"success\":true", await CommandAsync(browser, "stop"), StringComparison.Ordinal);
        await ChildAsync(browser, one => one.GetProperty("state").GetString() is "Finished" or "Exited");
        Assert.Contains("\"success\":false", await CommandAsync(browser, "stop"), StringComparison.Ordinal);
        Assert.Contains("\"success\":true", await CommandAsync(browser, "start"), StringComparison.Ordinal);
        await ChildAsync(browser, one => one.GetProperty("state").GetString() == "Running");
        using var none = await PostAsync(browser, "dance");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Theory]
    [InlineData("-KILL")]
    [InlineData("-INT")]
    public async Task The_app_host_prints_the_login_link_and_takes_the_dashboard_with_it(string signal)
    {
        using var host = StartHost();
        var line = await ReadUntilAsync(host, "Login to the dashboard at ");
        var link = new Uri(line[line.IndexOf("http", StringComparison.Ordinal)..].Trim());
        Assert.Equal("/login", link.AbsolutePath);
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using (var login = await browser.GetAsync(link, Wait.Limit))
            Assert.Equal(HttpStatusCode.Redirect, login.StatusCode);

        using (var kill = Process.Start("kill", [signal, host.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(Wait.Limit);
        await host.StandardOutput.ReadToEndAsync(Wait.Limit);
        await host.WaitForExitAsync(Wait.Limit);

        for (var attempt = 0; ; attempt++)
        {
            Assert.True(attempt < 1_000, "The dashboard is still there.");
            try
            {
                using var answer = await browser.GetAsync(new Uri(link, "/health"), Wait.Limit);
                await Task.Delay(20, Wait.Limit);
            }
            catch (HttpRequestException)
            {
                break;
            }
        }
    }

    [Fact]
    public async Task A_taken_port_is_said_and_the_rest_runs_on()
    {
        using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        using var host = StartHost(string.Create(CultureInfo.InvariantCulture, $"--ASPNETCORE_URLS=http://127.0.0.1:{port}"), "--ASPIRE_ALLOW_UNSECURED_TRANSPORT=true");

        var line = await ReadUntilAsync(host, "The dashboard cannot listen");

        Assert.Contains("ASPNETCORE_URLS", line, StringComparison.Ordinal);
        await ReadUntilAsync(host, "Distributed application started", alreadyRead: line);
        using (var kill = Process.Start("kill", ["-INT", host.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(Wait.Limit);
        await host.StandardOutput.ReadToEndAsync(Wait.Limit);
        await host.WaitForExitAsync(Wait.Limit);
        Assert.Equal(0, host.ExitCode);
    }

    [Theory]
    [InlineData("http://127.0.0.1:0", "ASPIRE_ALLOW_UNSECURED_TRANSPORT")]
    [InlineData("https://127.0.0.1:0", "http only")]
    [InlineData("18888", "must be an address")]
    public async Task An_address_that_cannot_be_used_is_refused_with_the_reason(string url, string said)
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            Args = [$"--ASPNETCORE_URLS={url}"],
            AssemblyName = typeof(Projects.Hosting_SampleHost).Assembly.GetName().Name,
            ProjectDirectory = AppContext.BaseDirectory,
        });
        await using var app = builder.Build();

        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.StartAsync(Wait.Limit));

        Assert.Contains(said, exception.Message, StringComparison.Ordinal);
    }

    private static Process StartHost(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("dotnet", [typeof(Projects.Hosting_SampleHost).Assembly.Location, .. arguments])
        {
            WorkingDirectory = Projects.Hosting_SampleHost.ProjectPath,
            RedirectStandardOutput = true,
        })!;

    /// <summary>Lines come in any order of their causes; what was read on the way is kept in the answer.</summary>
    private static async Task<string> ReadUntilAsync(Process process, string text, string alreadyRead = "")
    {
        var seen = alreadyRead;
        while (!seen.Contains(text, StringComparison.Ordinal))
            seen += await process.StandardOutput.ReadLineAsync(Wait.Limit) is { } line ? line + "\n" : throw new InvalidOperationException($"'{text}' was not printed, but: {seen}");
        return seen;
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient browser, string command)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"/api/resources/child/commands/{command}", UriKind.Relative));
        request.Headers.Add("X-Requested-With", "dashboard");
        return browser.SendAsync(request, Wait.Limit);
    }

    private static async Task<string> CommandAsync(HttpClient browser, string command)
    {
        using var answer = await PostAsync(browser, command);
        return await answer.Content.ReadAsStringAsync(Wait.Limit);
    }

    /// <summary>The child as it is told, at first or later, once it is as wanted.</summary>
    private static async Task<JsonElement> ChildAsync(HttpClient browser, Func<JsonElement, bool> isWanted)
    {
        await foreach (var told in EventsAsync(browser, "/api/live", "resource"))
        {
            var all = told.TryGetProperty("resources", out var list) ? list.EnumerateArray() : Enumerable.Repeat(told, 1);
            foreach (var resource in all.Where(resource => resource.GetProperty("name").GetString() == "child" && isWanted(resource)))
                return resource;
        }

        throw new InvalidOperationException("The stream has ended.");
    }

    private static async IAsyncEnumerable<JsonElement> EventsAsync(HttpClient browser, string path, string name)
    {
        await using var stream = await browser.GetStreamAsync(new Uri(path, UriKind.Relative), Wait.Limit);
        using var reader = new StreamReader(stream);
        var current = "";
        while (await reader.ReadLineAsync(Wait.Limit) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                current = line[7..];
            if (line.StartsWith("data: ", StringComparison.Ordinal) && current.StartsWith(name, StringComparison.Ordinal))
            {
                using var data = JsonDocument.Parse(line[6..]);
                yield return data.RootElement.Clone();
            }
        }
    }
}
