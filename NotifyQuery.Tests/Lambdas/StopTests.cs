using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NotifyQuery.Tests.EventSource;

namespace NotifyQuery.Tests.Lambdas;

/// <summary>
/// The function as the process that it is, which gets SIGTERM at every point of an invocation: its answer is posted, whole, and it ends.
/// </summary>
public sealed class StopTests
{
    private const string Request = """
        {"version":"2.0","routeKey":"$default","rawPath":"/query/user","rawQueryString":"user_id=ann","headers":{},
        "requestContext":{"http":{"method":"GET","path":"/query/user","protocol":"HTTP/1.1","sourceIp":"127.0.0.1"},"routeKey":"$default","stage":"$default"},"isBase64Encoded":false}
        """;

    public enum Point
    {
        WaitingForAnInvocation,
        BetweenItsHeadersAndItsBody,
        InTheHandler,
        WhileTheAnswerIsPosted,
        WhileAnErrorIsPosted,
        AfterTheAnswer,
    }

    [Theory]
    [InlineData(Point.WaitingForAnInvocation)]
    [InlineData(Point.BetweenItsHeadersAndItsBody)]
    [InlineData(Point.InTheHandler)]
    [InlineData(Point.WhileTheAnswerIsPosted)]
    [InlineData(Point.WhileAnErrorIsPosted)]
    [InlineData(Point.AfterTheAnswer)]
    public async Task A_function_that_is_asked_to_stop_posts_the_answer_under_way_and_ends(Point point)
    {
        await using var api = await RuntimeApiStub.StartAsync();
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var handler = await HandlerAsync(async context =>
        {
            asked.TrySetResult();
            await answer.Task.WaitAsync(context.RequestAborted);
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync("""{"items":[]}""", context.RequestAborted);
        });
        using var process = Start(api, handler);
        try
        {
            await api.IsPolledAsync();
            if (point is not Point.BetweenItsHeadersAndItsBody)
                api.Steps.BeforeBody.SetResult();
            if (point is not (Point.WhileTheAnswerIsPosted or Point.WhileAnErrorIsPosted))
                api.Steps.BeforeAccepted.SetResult();
            if (point is not Point.InTheHandler)
                answer.SetResult();
            if (point is not Point.WaitingForAnInvocation)
                api.Invoke(point is Point.WhileAnErrorIsPosted ? "not JSON" : Request);
            if (point is Point.BetweenItsHeadersAndItsBody)
                await api.HandingOut.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
            if (point is Point.InTheHandler)
                await asked.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
            if (point is Point.WhileTheAnswerIsPosted or Point.WhileAnErrorIsPosted)
                await api.Posting.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
            if (point is Point.AfterTheAnswer)
            {
                await Eventually.TrueAsync(() => api.Posts.Count == 1, "it has answered");
                await api.IsPolledAsync();
            }

            await TerminateAsync(process);
            if (point is not (Point.WaitingForAnInvocation or Point.AfterTheAnswer))
            {
                await Task.Delay(200, TestContext.Current.CancellationToken); // a process that drops its answer has time to
                Assert.False(process.HasExited, "it ended before it had answered");
            }

            answer.TrySetResult();
            api.Release();
            await process
                .WaitForExitAsync(TestContext.Current.CancellationToken)
                .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

            Assert.Equal(0, process.ExitCode);
            Assert.Equal(
                point is Point.WaitingForAnInvocation ? [] : [point is Point.WhileAnErrorIsPosted ? "error" : "response"],
                api.Posts.Select(post => post.Kind)
            );
            foreach (var (kind, body) in api.Posts)
            {
                using var json = JsonDocument.Parse(body);
                if (kind == "error")
                    Assert.True(json.RootElement.TryGetProperty("errorType", out _), body);
                else
                    Assert.Equal(
                        (200, """{"items":[]}"""),
                        (json.RootElement.GetProperty("statusCode").GetInt32(), json.RootElement.GetProperty("body").GetString())
                    );
            }
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    [Fact]
    public async Task A_batch_whose_writes_hang_is_answered_soon_after_a_stop_and_names_all_that_is_not_done()
    {
        await using var api = await RuntimeApiStub.StartAsync();
        api.Release();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var engine = await HandlerAsync(context =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        var numbers = Enumerable.Range(101, 20).ToArray(); // one after another, each until its own limit, they take longer than the test
        using var process = Start(
            api,
            new Dictionary<string, string>
            {
                ["_HANDLER"] = "stream-processor",
                ["AWS_LAMBDA_FUNCTION_NAME"] = "StreamProcessor",
                ["Projection__Concurrency"] = "1",
                ["LocalStack__UseLocalStack"] = "true",
                ["LocalStack__Config__LocalStackHost"] = "127.0.0.1",
                ["LocalStack__Config__EdgePort"] = new Uri(engine.Urls.Single()).Port.ToString(CultureInfo.InvariantCulture),
                ["LocalStack__Session__RegionName"] = "us-east-1",
                ["AWS_REGION"] = "us-east-1",
                ["AWS_ACCESS_KEY_ID"] = "test",
                ["AWS_SECRET_ACCESS_KEY"] = "test",
            }
        );
        try
        {
            api.Invoke($$"""{"Records":[{{string.Join(',', numbers.Select(Insertion))}}]}""");
            await asked.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

            await TerminateAsync(process);
            await process
                .WaitForExitAsync(TestContext.Current.CancellationToken)
                .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

            Assert.Equal(0, process.ExitCode);
            var (kind, body) = Assert.Single(api.Posts);
            Assert.Equal("response", kind);
            using var json = JsonDocument.Parse(body);
            Assert.Equal(
                numbers.Select(number => $"{number}"),
                json.RootElement.GetProperty("batchItemFailures")
                    .EnumerateArray()
                    .Select(failure => failure.GetProperty("itemIdentifier").GetString())
            );
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    private static string Insertion(int number) =>
        $$$"""
            {
              "eventID": "event-{{{number}}}", "eventName": "INSERT",
              "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/command-records/stream/2026-11-22T08:00:00.000",
              "dynamodb": {
                "SequenceNumber": "{{{number}}}", "ApproximateCreationDateTime": 1795335330,
                "NewImage": {"transaction_id":{"S":"tx-{{{number}}}"},"created_at":{"S":"2026-11-22T08:15:30.123Z"},"user_id":{"S":"ann"}}
              }
            }
            """;

    private static async Task<WebApplication> HandlerAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.Run(answer);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static Process Start(RuntimeApiStub api, WebApplication handler) =>
        Start(
            api,
            new Dictionary<string, string>
            {
                ["_HANDLER"] = "query",
                ["AWS_LAMBDA_FUNCTION_NAME"] = "Query",
                ["Handler__BaseAddress"] = handler.Urls.Single(),
            }
        );

    private static Process Start(RuntimeApiStub api, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "NotifyQuery.Lambdas.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        start.Environment["AWS_LAMBDA_RUNTIME_API"] = api.Endpoint;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static async Task TerminateAsync(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
