using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Aspire.Dashboard.Store;
using Microsoft.Extensions.Logging;

namespace Aspire.Dashboard.Resources;

/// <summary>Knows the AppHost's resources, and stays connected to it.</summary>
internal sealed class ResourceClient : IAsyncDisposable
{
    private const string ApiKeyHeader = "x-resource-service-api-key";

    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (Resource Resource, long Version)> _resources = new(StringComparer.OrdinalIgnoreCase);
    private readonly CancellationTokenSource _stopping = new();
    private readonly HttpClient? _http;
    private readonly Limits _limits;
    private readonly ILogger<ResourceClient> _logger;
    private long _version;
    private bool _isComplete;
    private Task _watching = Task.CompletedTask;

    public ResourceClient(DashboardOptions options, Limits limits, ILogger<ResourceClient> logger)
    {
        _limits = limits;
        _logger = logger;
        if (options.ResourceService is not { } address)
            return;
        _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false }) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        if (options.ResourceServiceApiKey is { } key)
            _http.DefaultRequestHeaders.Add(ApiKeyHeader, key);
    }

    /// <summary>Grows with each change.</summary>
    public long Version => Interlocked.Read(ref _version);

    public void Start() => _watching = _http is null ? Task.CompletedTask : Task.Run(() => WatchAsync(_http));

    /// <summary>All resources, once they are known.</summary>
    public IReadOnlyList<Resource>? All()
    {
        lock (_gate)
            return _isComplete || _http is null ? [.. _resources.Values.Select(known => known.Resource)] : null;
    }

    public Resource? Find(string name)
    {
        lock (_gate)
            return _resources.TryGetValue(name, out var known) ? known.Resource : null;
    }

    /// <summary>Those that have changed since the given version, and the version after that.</summary>
    public (IReadOnlyList<Resource> Changed, long Version) Since(long version)
    {
        lock (_gate)
            return ([.. _resources.Values.Where(known => known.Version > version).OrderBy(known => known.Version).Select(known => known.Resource)], _version);
    }

    public async Task<CommandResult?> ExecuteAsync(string resource, string command, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Post, $"resources/{Uri.EscapeDataString(resource)}/commands/{Uri.EscapeDataString(command)}", cancellationToken).ConfigureAwait(false);
        return await ReadAsync(answer, ResourceJson.Default.CommandResult, cancellationToken).ConfigureAwait(false);
    }

    public async Task<RevealedValue?> RevealAsync(string resource, string variable, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Get, $"resources/{Uri.EscapeDataString(resource)}/environment/{Uri.EscapeDataString(variable)}", cancellationToken).ConfigureAwait(false);
        return await ReadAsync(answer, ResourceJson.Default.RevealedValue, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What the resource has printed, then what it prints, over its restarts; ends when the connection does.</summary>
    public async IAsyncEnumerable<ConsoleLines> ConsoleAsync(string resource, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Get, $"resources/{Uri.EscapeDataString(resource)}/console", cancellationToken).ConfigureAwait(false);
        if (answer is not { IsSuccessStatusCode: true })
            yield break;
        var levels = new LineLevels();
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (line.Length > 0 && JsonSerializer.Deserialize(line, ResourceJson.Default.PrintedLines) is { } printed)
                yield return new([.. printed.Lines.Select(levels.Read)]);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        _http?.Dispose();
        _stopping.Dispose();
    }

    private async Task WatchAsync(HttpClient http)
    {
        var pause = TimeSpan.Zero;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                if (await FollowAsync(http).ConfigureAwait(false))
                    pause = TimeSpan.Zero;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException)
            {
                // Once for each time that the connection is lost, not for each attempt.
                if (pause == TimeSpan.Zero)
                    _logger.LogWarning("The AppHost does not tell about its resources: {Reason} It is asked again.", exception.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            pause = pause == TimeSpan.Zero ? TimeSpan.FromMilliseconds(200) : pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
            await Task.Delay(pause, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>True when anything came before the connection ended.</summary>
    private async Task<bool> FollowAsync(HttpClient http)
    {
        using var answer = await http.GetAsync(new Uri("resources", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, _stopping.Token).ConfigureAwait(false);
        answer.EnsureSuccessStatusCode();
        await using var stream = await answer.Content.ReadAsStreamAsync(_stopping.Token).ConfigureAwait(false);
        using var reader = new StreamReader(stream);
        var any = false;
        while (await reader.ReadLineAsync(_stopping.Token).ConfigureAwait(false) is { } line)
        {
            if (line.Length == 0 || JsonSerializer.Deserialize(line, ResourceJson.Default.ResourceChange) is not { } change)
                continue;
            any = true;
            lock (_gate)
                Apply(change);
        }

        return any;
    }

    private void Apply(ResourceChange change)
    {
        var version = Interlocked.Increment(ref _version);
        foreach (var resource in change.Resources ?? [])
            _resources[resource.Name] = (resource, version);
        if (change.Resource is { } one)
            _resources[one.Name] = (one, version);
        if (change.Resources is not { } all)
            return;
        _isComplete = true;
        foreach (var gone in _resources.Keys.Except(all.Select(resource => resource.Name), StringComparer.OrdinalIgnoreCase).ToList())
            _resources.Remove(gone);
    }

    private async Task<HttpResponseMessage?> SendAsync(HttpMethod method, string path, CancellationToken cancellationToken)
    {
        if (_http is null)
            return null;
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Null when there is no such thing.</summary>
    private static async Task<T?> ReadAsync<T>(HttpResponseMessage? answer, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type,
        CancellationToken cancellationToken) where T : class
    {
        if (answer is null or { StatusCode: HttpStatusCode.NotFound })
            return null;
        answer.EnsureSuccessStatusCode();
        await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        return await JsonSerializer.DeserializeAsync(body, type, cancellationToken).ConfigureAwait(false);
    }
}
