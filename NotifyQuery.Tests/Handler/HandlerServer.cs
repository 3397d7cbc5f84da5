using System.Collections.Concurrent;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;
using NotifyQuery.Handler;
using NotifyQuery.Tests.Distributed;

namespace NotifyQuery.Tests.Handler;

/// <summary>The Handler as it is started, on a real port; only what it reads comes from the test.</summary>
internal sealed class HandlerServer : WebApplicationFactory<HandlerSettings>
{
    private readonly string environment;
    private readonly IReadOnlyList<(string Key, string Value)> settings;
    private readonly INotificationReader reader;
    private readonly LogLines log = new();

    public HandlerServer(
        string environment = "Production",
        INotificationReader? reader = null,
        params (string Key, string Value)[] settings
    )
    {
        (this.environment, this.settings, this.reader) = (environment, settings, reader ?? new KnownNotifications());
        // The port is a setting: given here, it is set while the entry point goes on to start the server, and may come too late.
        UseKestrel();
        StartServer();
        Address = new(Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
    }

    public Uri Address { get; }

    /// <summary>What it logged, at the levels of its own settings.</summary>
    public IEnumerable<string> Log => log.Lines;

    /// <summary>Without tokens.</summary>
    public static HandlerServer Open(params (string Key, string Value)[] settings) =>
        new(settings: [("Access:Required", "false"), .. settings]);

    /// <summary>With tokens of <see cref="Tokens"/>.</summary>
    public static HandlerServer Guarded(params (string Key, string Value)[] settings) => new(settings: [.. Tokens.Settings, .. settings]);

    /// <summary>With tokens of an identity provider, whose keys it fetches.</summary>
    public static HandlerServer Trusting(Uri provider, params (string Key, string Value)[] settings) =>
        new(
            settings:
            [
                ("Access:Required", "true"),
                ("Authentication:Schemes:Bearer:Authority", provider.ToString()),
                ("Authentication:Schemes:Bearer:RequireHttpsMetadata", "false"),
                ("Authentication:Schemes:Bearer:ValidAudiences:0", Tokens.Audience),
                ("Authentication:Schemes:Bearer:BackchannelTimeout", "00:00:30"), // a machine that does other work answers late
                .. settings,
            ]
        );

    public Task<RawAnswer> GetAsync(string target, params string[] headers) => SendAsync("GET", target, headers);

    public Task<RawAnswer> SendAsync(string method, string target, params string[] headers) =>
        RawHttp.SendAsync(Address, new(method, target) { Headers = headers }, TestContext.Current.CancellationToken);

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment(environment).UseUrls("http://127.0.0.1:0");
        builder.UseSetting("QueryResult:FunctionName", "QueryResult").UseSetting("Cursor:Key", "000102030405060708090a0b0c0d0e0f");
        foreach (var (key, value) in settings)
            builder.UseSetting(key, value);
        builder.ConfigureLogging(logging => logging.ClearProviders().AddProvider(log));
        builder.ConfigureTestServices(services => services.AddSingleton(reader));
    }

    private sealed class LogLines : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> lines = new();

        public IEnumerable<string> Lines => lines;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            lines.Enqueue($"scope: {state}"); // it goes along with each line, wherever logs are exported
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose() { }
    }
}

/// <summary>Two users' notifications of one campaign, and ids that stand for a failing downstream.</summary>
internal sealed class KnownNotifications : INotificationReader
{
    public const string Body = "the text that is personal";

    private static readonly Notification[] All =
    [
        .. Enumerable.Range(1, 25).Select(i => Of("alice", $"tx-alice-{i}", i)),
        Of("bob", "tx-bob", 30),
        Of("alice", "tx-shared", 31),
        Of("bob", "tx-shared", 32),
    ];

    public Task<NotificationPage> ReadAsync(NotificationQuery query, CancellationToken cancellationToken)
    {
        if (Enum.TryParse<ReadFailure>(query.Value, out var failure))
            throw new NotificationReadException(failure, "as the test wants it");
        var found = All.Where(item =>
            query.Value
            == query.By switch
            {
                QueryKind.User => item.UserId,
                QueryKind.Transaction => item.TransactionId,
                QueryKind.Campaign => item.CampaignId,
                _ => item.Status,
            }
        );
        found =
            query.Order is QueryOrder.Ascending ? found.OrderBy(item => item.CreatedAt) : found.OrderByDescending(item => item.CreatedAt);
        if (query.After is { } after)
            found = found.SkipWhile(item => KeyOf(item) != after).Skip(1);
        var items = found.Take(query.Limit + 1).ToList();
        return Task.FromResult(
            items.Count <= query.Limit
                ? new NotificationPage(items)
                : new NotificationPage(items[..query.Limit], KeyOf(items[query.Limit - 1]))
        );
    }

    private static NotificationKey KeyOf(Notification item) => NotificationKey.Of(item.UserId, item.CreatedAt, item.TransactionId);

    private static Notification Of(string user, string transaction, int second) =>
        new()
        {
            TransactionId = transaction,
            UserId = user,
            CreatedAt = $"2026-11-22T08:15:{second:00}.000Z",
            Channel = "email",
            Status = "FAILED",
            CampaignId = "spring-sale",
            Title = "Spring sale",
            Body = Body,
        };
}
