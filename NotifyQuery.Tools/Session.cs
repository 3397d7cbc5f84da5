using System.CommandLine;
using System.Globalization;
using Amazon.DynamoDBStreams;
using Amazon.DynamoDBv2;
using Amazon.Lambda;
using Amazon.Runtime;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Http;
using NotifyQuery.DynamoDB.Tables;
using NotifyQuery.Operations;
using NotifyQuery.Operations.Api;
using NotifyQuery.Operations.NextTables;

namespace NotifyQuery.Tools;

/// <summary>Shared by all commands: the connection to the system, and the handling of errors.</summary>
internal sealed class Session : IDisposable
{
    /// <summary>The region of all local engines, which have separate tables per region.</summary>
    public const string LocalRegion = "us-east-1";

    private Session(ParseResult parsed)
    {
        var timeout = TimeSpan.FromSeconds(parsed.GetValue(CommonOptions.Timeout));
        Output = new(parsed.GetValue(CommonOptions.Json), parsed.GetValue(CommonOptions.Quiet));
        Addresses = Tools.Addresses.Of(parsed);
        if (Addresses.QueryTables is { } file)
            QueryTables = new(file);
        Tables = NamesOf(QueryTables);
        Client = CreateClient(Addresses.Endpoint, timeout);
        Http = new(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = timeout }) { Timeout = timeout };
    }

    public SystemAddresses Addresses { get; }

    public AmazonDynamoDBClient Client { get; }

    public HttpClient Http { get; }

    public Output Output { get; }

    /// <summary>The table names: from the environment, or with the current query table of the system that runs on this machine.</summary>
    public TableNames Tables { get; }

    /// <summary>The list of query tables of the system that runs on this machine; null if there is only the declared table.</summary>
    public QueryTablesFile? QueryTables { get; }

    /// <summary>A client for the tables' streams.</summary>
    public AmazonDynamoDBStreamsClient CreateStreamsClient() =>
        Addresses.Endpoint is { } endpoint
            ? new(
                LocalCredentials,
                new AmazonDynamoDBStreamsConfig
                {
                    ServiceURL = endpoint,
                    AuthenticationRegion = LocalRegion,
                    Timeout = Http.Timeout,
                    MaxErrorRetry = 2,
                }.ReadingAnyText()
            )
            : new(new AmazonDynamoDBStreamsConfig { Timeout = Http.Timeout }.ReadingAnyText());

    /// <summary>A client for the account's functions.</summary>
    public AmazonLambdaClient CreateLambdaClient() => new(new AmazonLambdaConfig { Timeout = Http.Timeout });

    /// <summary>Runs the work of a command. Converts the errors that any command can have into a sentence and an exit code.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="work">The work; returns the exit code.</param>
    /// <param name="done">Returns the partial result if the work is interrupted; null if there is nothing to report.</param>
    /// <param name="cancellationToken">Cancelled by Ctrl-C.</param>
    public static async Task<int> RunAsync(
        ParseResult parsed,
        Func<Session, Task<int>> work,
        Func<string?> done,
        CancellationToken cancellationToken
    )
    {
        using var session = new Session(parsed);
        try
        {
            return await work(session);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return session.Output.Fail($"Stopped. {done()}".TrimEnd(), ExitCode.Cancelled);
        }
        catch (Exception exception)
            when (exception is AmazonClientException or AmazonServiceException or NotificationReadException or HttpRequestException)
        {
            return Unreachable($"The tables at {session.Addresses.Endpoint ?? "AWS"} cannot be used", exception, "--endpoint");
        }
        catch (ApiUnreachableException exception)
        {
            return Unreachable($"The API at {exception.Address} is unreachable", exception, "--handler and --gateway");
        }
        catch (Exception exception) when (exception is UnprotectedTokenException or OtherKeysException)
        {
            return session.Output.Fail($"{char.ToUpperInvariant(exception.Message[0])}{exception.Message[1..]}.", ExitCode.Usage);
        }
        catch (OperationCanceledException exception) // the request timed out
        {
            return Unreachable(
                $"The request timed out after {session.Http.Timeout.TotalSeconds} s (--timeout)",
                exception,
                "--endpoint, --handler and --gateway"
            );
        }

        int Unreachable(string what, Exception exception, string options) =>
            session.Output.Fail(
                $"{what}: {exception.GetBaseException().Message.TrimEnd('.')}. "
                    + $"Start the system with 'dotnet run --project NotifyQuery.AppHost', or give its address with {options}."
                    + (done() is { } soFar ? $" {soFar}" : ""),
                ExitCode.Unreachable
            );
    }

    public void Dispose()
    {
        Client.Dispose();
        Http.Dispose();
    }

    /// <summary>Creates a client for another service, at the same endpoint as the tables.</summary>
    /// <param name="create">
    /// Creates the client from the credentials and the address of a local engine. For an account both are null, and the SDK finds them.
    /// </param>
    public TClient CreateClient<TClient>(Func<AWSCredentials?, string?, TClient> create) =>
        Addresses.Endpoint is { } endpoint ? create(LocalCredentials, endpoint) : create(null, null);

    // Local engines accept any key. Some have separate tables per access key, so a key from the environment takes precedence.
    private static BasicAWSCredentials LocalCredentials =>
        new(CommandHost.Current.Variable("AWS_ACCESS_KEY_ID") is { Length: > 0 } given ? given : "test", "test");

    private static TableNames NamesOf(QueryTablesFile? file)
    {
        var current = file?.Read().Current;
        return TableNames.From(key =>
            CommandHost.Current.Variable(key.Replace(":", "__", StringComparison.Ordinal))
            ?? key switch
            {
                "Tables:NotificationRecords" => current?.Name,
                "Tables:KeySpread" => current?.Keys.ToString(CultureInfo.InvariantCulture),
                _ => null,
            }
        );
    }

    private static AmazonDynamoDBClient CreateClient(string? endpoint, TimeSpan timeout)
    {
        if (endpoint is null)
            return new(new AmazonDynamoDBConfig { Timeout = timeout }.ReadingAnyText());
        return new(
            LocalCredentials,
            new AmazonDynamoDBConfig
            {
                ServiceURL = endpoint,
                AuthenticationRegion = LocalRegion,
                Timeout = timeout,
                MaxErrorRetry = 2, // more retries would take half a minute when nothing runs here
            }.ReadingAnyText()
        );
    }
}

/// <summary>Reports progress at once, on the calling thread.</summary>
internal sealed class Progress<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
