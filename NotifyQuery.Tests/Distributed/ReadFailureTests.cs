using System.Diagnostics;
using System.Net;
using System.Text.Json;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Distributed;

/// <summary>
/// The table "what fails, what the caller sees" of docs/architecture.md, row by row: with a faulty hop before each process of the read
/// side, and limits so short that nobody waits long.
/// </summary>
[Collection(nameof(OneSystemAtATime))]
public sealed partial class ReadFailureTests(FaultySystem faulty) : IClassFixture<FaultySystem>
{
    private const string Unavailable =
        "The notifications cannot be read at the moment. Retry after the number of seconds in the Retry-After header.";
    private const string Late = "The notifications could not be read in time.";
    private const string Nonsense = "The result is not a valid page of notifications.";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// Asked directly, a Handler that is away is a matter of the caller's own client: only the gateway has somebody to say it.
    /// </summary>
    [Theory]
    [InlineData(
        "nothing listens",
        503,
        "The Handler cannot be reached at the moment. Retry after the number of seconds in the Retry-After header."
    )]
    [InlineData("hangs up", 502, "The Handler's response was invalid or incomplete.")]
    [InlineData("answers no HTTP", 502, "The Handler's response was invalid or incomplete.")]
    [InlineData("breaks off", 502, "The Handler's response was invalid or incomplete.")]
    [InlineData("is silent", 504, "The Handler did not respond in time.")]
    public async Task When_the_Handler(string what, int status, string detail)
    {
        switch (what)
        {
            case "nothing listens":
                faulty.Handler.GoAway();
                break;
            case "hangs up":
                faulty.Handler.Answer("");
                break;
            case "answers no HTTP":
                faulty.Handler.Answer("SSH-2.0-OpenSSH_9.6\r\n\r\n");
                break;
            case "breaks off":
                faulty.Handler.Answer("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"items\"");
                break;
            case "is silent":
                faulty.Handler.BeSilent();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(what), what, "is no fault");
        }

        try
        {
            await SeesAsync(faulty.System.Gateway, status, detail);
        }
        finally
        {
            await faulty.MendAsync();
        }
    }

    [Fact]
    public async Task Once_the_function_failed_too_often_callers_are_told_at_once_and_when_to_come_back()
    {
        faulty.Lambda.GoAway();
        try
        {
            await RunningSystem.EventuallyAsync(
                "the circuit is open",
                async () =>
                {
                    var answers = await Task.WhenAll(
                        Enumerable.Range(0, 20).Select(_ => faulty.System.Handler.GetAsync(FaultySystem.Query, Token))
                    );
                    return answers.Any(answer => answer.Headers.RetryAfter?.Delta > TimeSpan.FromSeconds(1));
                }
            );
            faulty.Lambda.BeSilent(); // whoever asked it now would wait
            foreach (var client in (HttpClient[])[faulty.System.Handler, faulty.System.Gateway])
            {
                await SeesAsync(client, 503, Unavailable);
                Assert.Equal(0, faulty.Lambda.Requests);
            }
        }
        finally
        {
            await faulty.MendAsync();
        }
    }

    [Fact]
    public async Task A_caller_who_goes_away_ends_the_invocation_made_for_it()
    {
        faulty.Lambda.BeSilent();
        try
        {
            using var impatient = new CancellationTokenSource();
            var asking = faulty.System.Handler.GetAsync(FaultySystem.Query, impatient.Token);
            await RunningSystem.EventuallyAsync("the function is asked", () => Task.FromResult(faulty.Lambda.Requests == 1));
            var started = Stopwatch.GetTimestamp();
            await impatient.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
            await RunningSystem.EventuallyAsync("the invocation is given up", () => Task.FromResult(faulty.Lambda.Abandoned == 1));
            Assert.True(Stopwatch.GetElapsedTime(started) < FaultySystem.Attempt, "it ended by its own limit");
        }
        finally
        {
            await faulty.MendAsync();
        }
    }

    [Fact]
    public async Task While_the_function_s_process_is_killed_again_and_again_nobody_sees_anything_but_a_page_a_503_or_a_504()
    {
        var seen = new HashSet<HttpStatusCode>();
        for (var kills = 0; kills < 2; kills++)
        {
            await faulty.KillAsync("QueryResult");
            for (var i = 0; i < 10; i++)
            {
                foreach (var client in (HttpClient[])[faulty.System.Handler, faulty.System.Gateway])
                {
                    using var answer = await client.GetAsync(FaultySystem.Query, Token);
                    seen.Add(answer.StatusCode);
                }
            }

            await faulty.MendAsync();
        }

        Assert.Subset(
            new HashSet<HttpStatusCode> { HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable, HttpStatusCode.GatewayTimeout },
            seen
        );
    }

    private async Task CallerSeesAsync(FaultyHop hop, int status, string detail, Action<FaultyHop> fault)
    {
        fault(hop);
        try
        {
            await Task.WhenAll(SeesAsync(faulty.System.Handler, status, detail), SeesAsync(faulty.System.Gateway, status, detail));
        }
        finally
        {
            await faulty.MendAsync();
        }
    }

    private static async Task SeesAsync(HttpClient client, int status, string detail)
    {
        using var answer = await client.GetAsync(FaultySystem.Query, Token);
        var body = await answer.Content.ReadAsStringAsync(Token);
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode} instead of {status}: {body}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(status == 503, answer.Headers.RetryAfter is not null);
        using var problem = JsonDocument.Parse(body);
        Assert.Equal(detail, problem.RootElement.GetProperty("detail").GetString());
        Assert.Equal(status, problem.RootElement.GetProperty("status").GetInt32());
        Assert.Matches("^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$", problem.RootElement.GetProperty("traceId").GetString());
        Assert.DoesNotContain("zaphod", body, StringComparison.Ordinal);
    }
}
