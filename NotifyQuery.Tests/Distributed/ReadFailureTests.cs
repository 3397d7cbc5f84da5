using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.AWS.Lambda;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Distributed;

/// <summary>
/// The table "what fails, what the caller sees" of docs/architecture.md, row by row: with a faulty hop before each process of the read
/// side, and limits so short that nobody waits long.
/// </summary>
[Collection(nameof(OneSystemAtATime))]
public sealed class ReadFailureTests(ReadFailureTests.FaultySystem faulty) : IClassFixture<ReadFailureTests.FaultySystem>
{
    private const string Query = "/query/user?user_id=zaphod";
    private const string Unavailable =
        "The notifications cannot be read at the moment. Retry after the number of seconds in the Retry-After header.";
    private const string Late = "The notifications could not be read in time.";
    private const string Nonsense = "What was read is not a page of notifications.";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nothing listens", 503, Unavailable)]
    [InlineData("hangs up", 503, Unavailable)]
    [InlineData("throttles", 503, Unavailable)]
    [InlineData("is broken", 503, Unavailable)]
    [InlineData("died", 503, Unavailable)]
    [InlineData("no such function", 503, Unavailable)]
    [InlineData("is silent", 504, Late)]
    [InlineData("ran out of time", 504, Late)]
    [InlineData("reports that the table is slow", 504, Late)]
    [InlineData("reports that the table is away", 503, Unavailable)]
    [InlineData("threw", 502, Nonsense)]
    [InlineData("answers too much", 502, Nonsense)]
    [InlineData("answers no JSON", 502, Nonsense)]
    [InlineData("answers null", 502, Nonsense)]
    [InlineData("answers another JSON", 502, Nonsense)]
    [InlineData("answers a page of nothing", 502, Nonsense)]
    [InlineData("answers a page and a failure", 502, Nonsense)]
    public Task When_the_QueryResult_function(string what, int status, string detail) =>
        CallerSeesAsync(
            faulty.Lambda,
            status,
            detail,
            hop =>
            {
                switch (what)
                {
                    case "nothing listens":
                        hop.GoAway();
                        break;
                    case "hangs up":
                        hop.Answer("");
                        break;
                    case "throttles":
                        hop.Answer(
                            429,
                            """{"__type":"TooManyRequestsException","message":"Rate Exceeded."}""",
                            "x-amzn-ErrorType: TooManyRequestsException\r\n"
                        );
                        break;
                    case "is broken":
                        hop.Answer(500, """{"__type":"ServiceException"}""", "x-amzn-ErrorType: ServiceException\r\n");
                        break;
                    case "no such function":
                        hop.Answer(404, """{"__type":"ResourceNotFoundException"}""", "x-amzn-ErrorType: ResourceNotFoundException\r\n");
                        break;
                    case "died":
                        Fail("Runtime.ExitError");
                        break;
                    case "is silent":
                        hop.BeSilent();
                        break;
                    case "ran out of time":
                        Fail("Sandbox.Timedout");
                        break;
                    case "threw":
                        Fail("InvalidOperationException");
                        break;
                    case "answers too much":
                        Fail("Function.ResponseSizeTooLarge");
                        break;
                    case "reports that the table is slow":
                        hop.Answer(200, """{"failure":{"reason":"Timeout","message":"slow"}}""");
                        break;
                    case "reports that the table is away":
                        hop.Answer(200, """{"failure":{"reason":"Unavailable","message":"away"}}""");
                        break;
                    case "answers no JSON":
                        hop.Answer(200, "<html>");
                        break;
                    case "answers null":
                        hop.Answer(200, "null");
                        break;
                    case "answers another JSON":
                        hop.Answer(200, """{"items":[]}""");
                        break;
                    case "answers a page of nothing":
                        hop.Answer(200, """{"page":{"items":[null]}}""");
                        break;
                    case "answers a page and a failure":
                        hop.Answer(200, """{"page":{"items":[]},"failure":{"reason":"Timeout","message":"slow"}}""");
                        break;
                    default:
                        throw new ArgumentOutOfRangeException(nameof(what), what, "is no fault");
                }

                void Fail(string errorType) =>
                    hop.Answer(
                        200,
                        $$"""{"errorType":"{{errorType}}","errorMessage":"made by a test"}""",
                        "X-Amz-Function-Error: Unhandled\r\n"
                    );
            }
        );

    [Theory]
    [InlineData("nothing listens", 503, Unavailable)]
    [InlineData("hangs up", 503, Unavailable)]
    [InlineData("throttles", 503, Unavailable)]
    [InlineData("is broken", 503, Unavailable)]
    [InlineData("is silent", 504, Late)]
    [InlineData("has no such table", 502, Nonsense)]
    [InlineData("answers no JSON", 502, Nonsense)]
    [InlineData("answers an item that is none", 502, Nonsense)]
    public Task When_the_table(string what, int status, string detail) =>
        CallerSeesAsync(
            faulty.Table,
            status,
            detail,
            hop =>
            {
                switch (what)
                {
                    case "nothing listens":
                        hop.GoAway();
                        break;
                    case "hangs up":
                        hop.Answer("");
                        break;
                    case "throttles":
                        hop.Answer(
                            400,
                            """{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"made """
                                + """by a test"}"""
                        );
                        break;
                    case "is broken":
                        hop.Answer(500, """{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"made by a test"}""");
                        break;
                    case "is silent":
                        hop.BeSilent();
                        break;
                    case "has no such table":
                        hop.Answer(
                            400,
                            """{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"made by a test"}"""
                        );
                        break;
                    case "answers no JSON":
                        hop.Answer(200, "<html>");
                        break;
                    case "answers an item that is none":
                        hop.Answer(200, """{"Items":[{"user_id":{"S":"zaphod"}}],"Count":1,"ScannedCount":1}""");
                        break;
                    default:
                        throw new ArgumentOutOfRangeException(nameof(what), what, "is no fault");
                }
            }
        );

    /// <summary>
    /// Asked directly, a Handler that is away is a matter of the caller's own client: only the gateway has somebody to say it.
    /// </summary>
    [Theory]
    [InlineData(
        "nothing listens",
        503,
        "The Handler cannot be reached at the moment. Retry after the number of seconds in the Retry-After header."
    )]
    [InlineData("hangs up", 502, "The Handler's answer was not valid HTTP, or broke off.")]
    [InlineData("answers no HTTP", 502, "The Handler's answer was not valid HTTP, or broke off.")]
    [InlineData("breaks off", 502, "The Handler's answer was not valid HTTP, or broke off.")]
    [InlineData("is silent", 504, "The Handler did not answer in time.")]
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
                    var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => faulty.System.Handler.GetAsync(Query, Token)));
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
            var asking = faulty.System.Handler.GetAsync(Query, impatient.Token);
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
                    using var answer = await client.GetAsync(Query, Token);
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
        using var answer = await client.GetAsync(Query, Token);
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

    /// <summary>
    /// A running system with a faulty hop before the Handler, the Lambda engine (as the Handler sees it) and the table (as QueryResult sees
    /// it).
    /// </summary>
    public sealed class FaultySystem : IAsyncLifetime
    {
        internal static readonly TimeSpan Attempt = TimeSpan.FromSeconds(6);

        public RunningSystem System { get; private set; } = null!;

        internal FaultyHop Handler { get; } = new();

        internal FaultyHop Lambda { get; } = new();

        internal FaultyHop Table { get; } = new();

        public async ValueTask InitializeAsync()
        {
            System = await RunningSystem.StartAsync(builder =>
            {
                builder
                    .CreateResourceBuilder<ProjectResource>("handler")
                    .WithEnvironment(async context =>
                    {
                        Lambda.Target = new(await ValueAsync(context, "AWS_ENDPOINT_URL_LAMBDA"));
                        context.EnvironmentVariables["AWS_ENDPOINT_URL_LAMBDA"] = Lambda.Address;
                        context.EnvironmentVariables["QueryResult__TimeoutSeconds"] = "6.5";
                        context.EnvironmentVariables["QueryResult__AttemptSeconds"] = Attempt.TotalSeconds.ToString(
                            CultureInfo.InvariantCulture
                        );
                        context.EnvironmentVariables["QueryResult__BreakAfter"] = "80"; // more than the rows of the table need
                        context.EnvironmentVariables["QueryResult__BreakSeconds"] = "8";
                    });
                builder
                    .CreateResourceBuilder<LambdaProjectResource>("QueryResult")
                    .WithEnvironment(async context =>
                    {
                        Table.Target = new(
                            $"http://{await ValueAsync(context, "LocalStack__Config__LocalStackHost")}"
                                + $":{await ValueAsync(context, "LocalStack__Config__EdgePort")}"
                        );
                        context.EnvironmentVariables["LocalStack__Config__LocalStackHost"] = "127.0.0.1";
                        context.EnvironmentVariables["LocalStack__Config__EdgePort"] = Table.Port.ToString(CultureInfo.InvariantCulture);
                        context.EnvironmentVariables["Table__TimeoutSeconds"] = "5.5";
                        context.EnvironmentVariables["Table__AttemptSeconds"] = "5";
                    });
                builder
                    .CreateResourceBuilder<LambdaProjectResource>("Query")
                    .WithEnvironment(async context =>
                    {
                        Handler.Target = new(await ValueAsync(context, "Handler__BaseAddress"));
                        context.EnvironmentVariables["Handler__BaseAddress"] = Handler.Address;
                        context.EnvironmentVariables["Handler__TimeoutSeconds"] = "7.5";
                    });
            });
        }

        /// <summary>The value that the AppHost gave the process.</summary>
        private static async Task<string> ValueAsync(EnvironmentCallbackContext context, string name) =>
            context.EnvironmentVariables[name] is IValueProvider provider
                ? (await provider.GetValueAsync(context.CancellationToken))!
                : context.EnvironmentVariables[name].ToString()!;

        /// <summary>All hops pass on again, and both ways answer.</summary>
        public async Task MendAsync()
        {
            Handler.Forward();
            Lambda.Forward();
            Table.Forward();
            await RunningSystem.EventuallyAsync(
                "both ways answer again",
                async () =>
                    (await System.Handler.GetAsync(Query)).IsSuccessStatusCode && (await System.Gateway.GetAsync(Query)).IsSuccessStatusCode
            );
        }

        public async Task KillAsync(string resource)
        {
            var running = await System.App.ResourceNotifications.WaitForResourceAsync(
                resource,
                state =>
                    state.Snapshot.State?.Text == KnownResourceStates.Running
                    && state.Snapshot.Properties.Any(property => property.Name == "executable.pid"),
                Token
            );
            var pid = Convert.ToInt32(
                running.Snapshot.Properties.Single(property => property.Name == "executable.pid").Value,
                CultureInfo.InvariantCulture
            );
            using var process = Process.GetProcessById(pid);
            process.Kill(entireProcessTree: true);
        }

        public async ValueTask DisposeAsync()
        {
            await System.DisposeAsync();
            await Handler.DisposeAsync();
            await Lambda.DisposeAsync();
            await Table.DisposeAsync();
        }
    }
}
