using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Aspire.Dashboard.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard;

/// <summary>
/// Tells the dashboard's process about the resources, and does for it what people ask: over HTTP on this machine, to whoever has the key.
/// What goes on is one JSON object a line.
/// </summary>
internal sealed class ResourceService(DashboardSettings settings, DistributedApplicationModel model, ResourceNotificationService notifications,
    ResourceLoggerService loggers, ResourceCommandService commands, IHostApplicationLifetime lifetime) : IHostedService, IAsyncDisposable
{
    private readonly byte[] _key = Encoding.UTF8.GetBytes(settings.ResourceServiceApiKey);
    private WebApplication? _server;

    /// <summary>Known once it has been started.</summary>
    public string Address => _server?.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First()
        ?? throw new InvalidOperationException("The resource service has not been started.");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddFilter("Microsoft", LogLevel.None);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            var ip = IPAddress.TryParse(settings.ResourceService?.Host.Trim('[', ']'), out var given) ? given : IPAddress.Loopback;
            kestrel.Listen(ip, settings.ResourceService?.Port ?? 0);
        });
        var server = builder.Build();
        server.Use((context, next) =>
        {
            if (CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(context.Request.Headers["x-resource-service-api-key"].ToString()), _key))
                return next(context);
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        });
        server.MapGet("/resources", (RequestDelegate)(context => StreamAsync(context, WatchAsync)));
        server.MapGet("/resources/{name}/console", (RequestDelegate)ConsoleAsync);
        server.MapGet("/resources/{name}/environment/{variable}", (RequestDelegate)RevealAsync);
        server.MapPost("/resources/{name}/commands/{command}", (RequestDelegate)ExecuteAsync);
        _server = server;
        try
        {
            await server.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            throw new DistributedApplicationException(
                $"The dashboard cannot be told about the resources: {exception.Message} Choose another port by ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL.", exception);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync().ConfigureAwait(false);
    }

    private async Task WatchAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var known = new List<ResourceEvent>();
        foreach (var resource in model.Resources.ToList())
        {
            if (notifications.TryGetCurrentState(resource.InstanceId(), out var state))
                known.Add(state);
        }

        await WriteAsync(context, new([.. known.Select(ResourceSnapshots.Map)], null), ResourceJson.Default.ResourceChange, cancellationToken).ConfigureAwait(false);
        await foreach (var change in notifications.WatchAsync(cancellationToken).ConfigureAwait(false))
        {
            // It starts with all current states, most of which have just been sent.
            if (!known.Remove(change))
                await WriteAsync(context, new(null, ResourceSnapshots.Map(change)), ResourceJson.Default.ResourceChange, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task ConsoleAsync(HttpContext context)
    {
        if (Find(context) is not { } state)
            return NotFoundAsync(context);
        return StreamAsync(context, async (_, cancellationToken) =>
        {
            await foreach (var lines in loggers.FollowAllRunsAsync(state.ResourceId, cancellationToken).ConfigureAwait(false))
            {
                await WriteAsync(context, new([.. lines.Select(line => new PrintedLine(line.Line.LineNumber, line.TimeMs, line.Line.Content, line.Line.IsErrorMessage))]),
                    ResourceJson.Default.PrintedLines, cancellationToken).ConfigureAwait(false);
            }
        });
    }

    private Task RevealAsync(HttpContext context)
    {
        var name = (string?)context.Request.RouteValues["variable"];
        return Find(context)?.Snapshot.EnvironmentVariables.FirstOrDefault(variable => variable.Name == name) is { } variable
            ? context.Response.WriteAsJsonAsync(new(variable.Value), ResourceJson.Default.RevealedValue, cancellationToken: context.RequestAborted)
            : NotFoundAsync(context);
    }

    /// <summary>What has been begun is done, even when nobody waits for it any more; only the end of the application ends it.</summary>
    private async Task ExecuteAsync(HttpContext context)
    {
        var name = (string?)context.Request.RouteValues["command"];
        if (Find(context) is not { } state || state.Snapshot.Commands.FirstOrDefault(one => one.Name == name) is not { } command)
        {
            await NotFoundAsync(context).ConfigureAwait(false);
            return;
        }

        var result = command.State is ResourceCommandState.Enabled
            ? await commands.ExecuteCommandAsync(state.Resource, command.Name, lifetime.ApplicationStopping).ConfigureAwait(false)
            : CommandResults.Failure($"'{command.DisplayName}' is not possible while '{state.Resource.Name}' is {state.Snapshot.State?.Text ?? "without a state"}.");
        if (!context.RequestAborted.IsCancellationRequested)
        {
            await context.Response.WriteAsJsonAsync(new(result.Success, result.Canceled, result.Message, result.Data?.Value),
                ResourceJson.Default.CommandResult, cancellationToken: context.RequestAborted).ConfigureAwait(false);
        }
    }

    private async Task StreamAsync(HttpContext context, Func<HttpContext, CancellationToken, Task> write)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopped);
        try
        {
            context.Response.ContentType = "application/x-ndjson";
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            await write(context, end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The dashboard has gone, or the application ends.
        }
    }

    private static async Task WriteAsync<T>(HttpContext context, T item, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(item, type), (byte)'\n'];
        await context.Response.Body.WriteAsync(line, cancellationToken).ConfigureAwait(false);
        await context.Response.Body.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private ResourceEvent? Find(HttpContext context) =>
        model.Resources.TryGetByName((string?)context.Request.RouteValues["name"] ?? "", out var resource)
        && notifications.TryGetCurrentState(resource.InstanceId(), out var state) ? state : null;

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
