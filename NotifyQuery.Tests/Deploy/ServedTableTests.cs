using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Handler;

namespace NotifyQuery.Tests.Deploy;

/// <summary>
/// A query table is exchanged on moto, by the changes of the stack that deploy.sh makes, while a reader asks all the while. moto runs no
/// functions and changes no role: the Handler's reads are made here, of the table that the QueryResult function's variable names at that
/// moment, and only if the function's role allows it. While a change is under way it must be allowed before and after: CloudFormation
/// changes the role first, and IAM is in no hurry.
/// </summary>
public sealed class ServedTableTests(MotoServer moto) : IClassFixture<MotoServer>
{
    private const string Stack = "nq-served";
    private const string NextTable = "notification-records-2";

    private static readonly string[] Targets =
    [
        "/query/user?user_id=ann",
        "/query/campaign?campaign_id=spring-sale",
        "/query/status?status=FAILED&from=2026-11-22&to=2026-11-23",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task While_one_table_is_exchanged_for_the_other_every_answer_is_a_200()
    {
        moto.SkipIfMissing();
        using var account = new MotoAccount(moto);
        using var dynamoDB = moto.CreateDynamoDBClient();
        var template = await Repository.ReadAsync("deploy/tables.template.json");
        await account.ChangeAsync("CreateStack", $"{Stack}-tables", template);
        await account.UploadAsync();
        var parameters = new Dictionary<string, string>
        {
            ["ArtifactBucket"] = "nq-served",
            ["ArtifactKey"] = "functions.zip",
            ["CommandRecordsStream"] = (await dynamoDB.DescribeTableAsync("command-records", Token)).Table.LatestStreamArn,
            ["QueryTableKeySpread"] = "16",
        };
        var stack = await Repository.ReadAsync("deploy/stack.template.yaml");
        await account.ChangeAsync("CreateStack", Stack, stack, parameters);

        var reader = new AsDeployed(
            account,
            table => new DynamoDBNotificationReader(dynamoDB, new TableNames { NotificationRecords = table })
        )
        {
            Allowed = new StackValues(stack, parameters).Queryable,
        };
        using var handler = new HandlerServer(reader: reader, settings: ("Access:Required", "false"));
        using var done = new CancellationTokenSource();
        var asked = AskAsync();
        try
        {
            // deploy.sh next-table, serve next, serve current, serve next, promote, finish
            await account.ChangeAsync("CreateStack", $"{Stack}-{NextTable}", Renamed(template));
            foreach (
                var change in (Dictionary<string, string>[])
                    [
                        new()
                        {
                            ["NextQueryTable"] = NextTable,
                            ["NextQueryTableKeySpread"] = "16",
                            ["ServedQueryTable"] = "current",
                        },
                        new() { ["ServedQueryTable"] = "next" },
                        new() { ["ServedQueryTable"] = "current" },
                        new() { ["ServedQueryTable"] = "next" },
                        new() { ["QueryTable"] = NextTable, ["ServedQueryTable"] = "current" },
                        new() { ["NextQueryTable"] = "" },
                    ]
            )
            {
                foreach (var (name, value) in change)
                    parameters[name] = value;
                var values = new StackValues(stack, parameters);
                reader.Allowed = [.. reader.Allowed.Intersect(values.Queryable)];
                await account.ChangeAsync("UpdateStack", Stack, WithServedTable(stack, parameters["ServedQueryTable"]), parameters);
                await reader.HasReadAsync(values.ServedTable);
                reader.Allowed = values.Queryable;
            }
        }
        finally
        {
            await done.CancelAsync();
        }

        var statuses = await asked;
        Assert.True(
            statuses.TrueForAll(status => status == 200),
            $"of {statuses.Count} answers: {string.Join(", ", statuses.Where(status => status != 200))}; {reader.Refused}"
        );

        async Task<List<int>> AskAsync()
        {
            var statuses = new List<int>();
            while (!done.IsCancellationRequested)
                statuses.Add((await handler.GetAsync(Targets[statuses.Count % Targets.Length])).Status);
            return statuses;
        }
    }

    /// <summary>The one schema under another name, as 'deploy.sh next-table' makes it.</summary>
    private static string Renamed(string template)
    {
        var root = System.Text.Json.Nodes.JsonNode.Parse(template)!;
        var table = root["Resources"]!["NotificationRecords"]!.DeepClone();
        table["Properties"]!["TableName"] = NextTable;
        root["Resources"] = new System.Text.Json.Nodes.JsonObject { ["NotificationRecords"] = table };
        return root.ToJsonString();
    }

    /// <summary>
    /// Names the served table in the function's metadata: where parameters change, moto looks for them in the text of each resource and not
    /// in the conditions that the text names, so it would leave the function as it is.
    /// </summary>
    private static string WithServedTable(string stack, string served)
    {
        const string Function = "  QueryResult:\n    Type: AWS::Lambda::Function\n";
        Assert.Contains(Function, stack, StringComparison.Ordinal);
        return stack.Replace(Function, $"{Function}    Metadata: {{Served: {served}}}\n", StringComparison.Ordinal);
    }

    /// <summary>Reads what the deployed QueryResult function would read, if its role lets it.</summary>
    private sealed class AsDeployed(MotoAccount account, Func<string, INotificationReader> readerOf) : INotificationReader
    {
        private volatile string last = "";
        private int reads;
        private volatile HashSet<string> allowed = [];

        /// <summary>What the role may query.</summary>
        public HashSet<string> Allowed
        {
            get => allowed;
            set => allowed = value;
        }

        /// <summary>The first read that the role did not allow, or that failed.</summary>
        public string? Refused { get; private set; }

        public async Task<NotificationPage> ReadAsync(NotificationQuery query, CancellationToken cancellationToken)
        {
            var table = await account.ServedTableAsync(Stack, cancellationToken);
            var index = query.By switch
            {
                QueryKind.User => "",
                QueryKind.Campaign => "/index/campaign-index",
                _ => "/index/status-index",
            };
            if (!Allowed.Contains($"table/{table}{index}"))
            {
                Refused ??= $"the role does not allow dynamodb:Query of table/{table}{index}";
                throw new NotificationReadException(ReadFailure.InvalidAnswer, Refused);
            }

            try
            {
                var page = await readerOf(table).ReadAsync(query, cancellationToken);
                last = table;
                Interlocked.Increment(ref reads);
                return page;
            }
            catch (NotificationReadException exception)
            {
                Refused ??= exception.Message;
                throw;
            }
        }

        /// <summary>Waits until each of the reader's queries was answered, the last one from a table.</summary>
        public async Task HasReadAsync(string table)
        {
            var enough = Volatile.Read(ref reads) + Targets.Length;
            var started = TimeProvider.System.GetTimestamp();
            for (; last != table || Volatile.Read(ref reads) < enough; await Task.Delay(5, Token))
                Assert.True(
                    TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(2),
                    $"no request was answered from {table}: {Refused ?? last}"
                );
        }
    }
}
