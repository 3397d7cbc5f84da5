using Microsoft.Playwright;

namespace NotifyQuery.Tests.Support;

/// <summary>A real headless browser. If none is installed, the tests that need it are skipped, with the reason.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private const float TimeLimit = 60_000; // milliseconds

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    private readonly string? path = Names
        .SelectMany(name =>
            (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name))
        )
        .FirstOrDefault(File.Exists);

    private IPlaywright? playwright;
    private IBrowser? browser;

    public async ValueTask InitializeAsync()
    {
        if (path is null)
            return;
        Assertions.SetDefaultExpectTimeout(TimeLimit);
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(
            new()
            {
                ExecutablePath = path,
                Args =
                [
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                ],
            }
        );
    }

    /// <summary>
    /// Opens a page in a new browser context. Console warnings and errors, and page errors, are collected in <paramref name="problems"/>.
    /// </summary>
    public async Task<IPage> OpenAsync(ICollection<string> problems, BrowserNewContextOptions? options = null)
    {
        if (browser is null)
            Assert.Skip($"no browser: none of {string.Join(", ", Names)} is on the PATH");
        var context = await browser.NewContextAsync(
            options
                ?? new()
                {
                    ViewportSize = new() { Width = 1440, Height = 900 },
                }
        );
        context.SetDefaultTimeout(TimeLimit);
        var page = await context.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                problems.Add($"{page.Url}: {message.Text}"); // includes violations of the content security policy
        };
        page.PageError += (_, error) => problems.Add($"{page.Url}: {error}");
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
            await browser.DisposeAsync();
        playwright?.Dispose();
    }
}
