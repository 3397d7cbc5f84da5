using Aspire.Dashboard.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Aspire.Dashboard.Api;

/// <summary>Commands, secrets and consoles of the resources; their states are in the live stream.</summary>
internal sealed class ResourceApi(ResourceClient resources, Streams streams)
{
    public void Map(WebApplication app)
    {
        app.MapPost("/api/resources/{name}/commands/{command}", (RequestDelegate)(context => AnswerAsync(context, ExecuteAsync)));
        app.MapGet("/api/resources/{name}/environment/{variable}", (RequestDelegate)(context => AnswerAsync(context, RevealAsync)));
        app.MapGet("/api/console/{name}", (RequestDelegate)ConsoleAsync);
    }

    private async Task ExecuteAsync(HttpContext context)
    {
        if (await resources.ExecuteAsync(Value(context, "name"), Value(context, "command"), context.RequestAborted).ConfigureAwait(false) is { } result)
            await context.Response.WriteAsJsonAsync(result, ResourceJson.Default.CommandResult, cancellationToken: context.RequestAborted).ConfigureAwait(false);
        else
            await NotFoundAsync(context, "command").ConfigureAwait(false);
    }

    private async Task RevealAsync(HttpContext context)
    {
        if (await resources.RevealAsync(Value(context, "name"), Value(context, "variable"), context.RequestAborted).ConfigureAwait(false) is { } value)
            await context.Response.WriteAsJsonAsync(value, ResourceJson.Default.RevealedValue, cancellationToken: context.RequestAborted).ConfigureAwait(false);
        else
            await NotFoundAsync(context, "variable").ConfigureAwait(false);
    }

    private async Task ConsoleAsync(HttpContext context)
    {
        var name = Value(context, "name");
        if (resources.Find(name) is null)
        {
            await ErrorAnswer.WriteAsync(context, StatusCodes.Status404NotFound, $"There is no resource '{name}'.").ConfigureAwait(false);
            return;
        }

        await streams.RunAsync(context, async (stream, cancellationToken) =>
        {
            try
            {
                await foreach (var lines in resources.ConsoleAsync(name, cancellationToken).ConfigureAwait(false))
                    await stream.SendAsync("lines", lines, ResourceJson.Default.ConsoleLines).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                // The AppHost has gone: the stream ends, and the browser asks again.
            }
        }).ConfigureAwait(false);
    }

    private static async Task AnswerAsync(HttpContext context, Func<HttpContext, Task> ask)
    {
        try
        {
            await ask(context).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException && !context.Response.HasStarted)
        {
            await ErrorAnswer.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, $"The AppHost does not answer: {exception.Message}").ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for the answer any more.
        }
    }

    private static Task NotFoundAsync(HttpContext context, string what) =>
        ErrorAnswer.WriteAsync(context, StatusCodes.Status404NotFound, $"There is no such {what} of '{Value(context, "name")}'.");

    private static string Value(HttpContext context, string name) => (string?)context.Request.RouteValues[name] ?? "";
}
