using System.Diagnostics;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;

namespace NotifyQuery.DynamoDB.Tables;

/// <summary>The result for one table.</summary>
/// <param name="Table">The table's name.</param>
/// <param name="Created">Whether this run created it.</param>
/// <param name="Differences">How an existing table differs from its declaration, one sentence each.</param>
public sealed record BootstrapResult(string Table, bool Created, IReadOnlyList<string> Differences);

/// <summary>
/// Creates missing tables and compares existing ones with their declarations. Idempotent, and safe to run concurrently. Never drops or
/// changes a table.
/// </summary>
/// <param name="client">The DynamoDB client.</param>
/// <param name="limit">The time limit for a table to become active; null for <see cref="Limit"/>.</param>
public sealed class TableBootstrapper(IAmazonDynamoDB client, TimeSpan? limit = null)
{
    /// <summary>The time limit for a table to become active with its indexes. On AWS, an empty table takes seconds.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Creates or compares one table, and waits until it is active.</summary>
    /// <exception cref="TimeoutException">The table did not become active in time.</exception>
    public async Task<BootstrapResult> BootstrapAsync(TableDeclaration declaration, CancellationToken cancellationToken)
    {
        var created = await TryCreateAsync(declaration, cancellationToken).ConfigureAwait(false);
        var table = await WaitUntilActiveAsync(declaration.Name, cancellationToken).ConfigureAwait(false);
        await EnableTimeToLiveAsync(declaration, cancellationToken).ConfigureAwait(false);
        return new(declaration.Name, created, [.. await CompareAsync(declaration, table, cancellationToken).ConfigureAwait(false)]);
    }

    private async Task<bool> TryCreateAsync(TableDeclaration declaration, CancellationToken cancellationToken)
    {
        try
        {
            await client.CreateTableAsync(declaration.Create, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ResourceInUseException)
        {
            return false; // already exists
        }
    }

    /// <summary>A separate step, because a run that was interrupted after the creation leaves a table without time to live.</summary>
    private async Task EnableTimeToLiveAsync(TableDeclaration declaration, CancellationToken cancellationToken)
    {
        if (
            declaration.TimeToLiveAttribute is null
            || await TimeToLiveOfAsync(declaration.Name, cancellationToken).ConfigureAwait(false) is not null
        )
            return;
        try
        {
            await client
                .UpdateTimeToLiveAsync(
                    new UpdateTimeToLiveRequest
                    {
                        TableName = declaration.Name,
                        TimeToLiveSpecification = new() { AttributeName = declaration.TimeToLiveAttribute, Enabled = true },
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        catch (AmazonDynamoDBException exception) when (exception.ErrorCode is "ValidationException")
        {
            // The request is refused if another run has enabled time to live in the meantime.
            if (await TimeToLiveOfAsync(declaration.Name, cancellationToken).ConfigureAwait(false) is null)
                throw;
        }
    }

    private async Task<string?> TimeToLiveOfAsync(string table, CancellationToken cancellationToken) =>
        (await client.DescribeTimeToLiveAsync(table, cancellationToken).ConfigureAwait(false)).TimeToLiveDescription?.AttributeName;

    private async Task<TableDescription> WaitUntilActiveAsync(string name, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var table = (await client.DescribeTableAsync(name, cancellationToken).ConfigureAwait(false)).Table;
            if (
                table.TableStatus == TableStatus.ACTIVE
                && (table.GlobalSecondaryIndexes ?? []).TrueForAll(i => i.IndexStatus == IndexStatus.ACTIVE)
            )
                return table;
            if (Stopwatch.GetElapsedTime(started) > (limit ?? Limit))
            {
                throw new TimeoutException(
                    $"The table {name} is not active after {(limit ?? Limit).TotalSeconds:0} s: it is {table.TableStatus}"
                        + string.Concat((table.GlobalSecondaryIndexes ?? []).Select(index => $", {index.IndexName} is {index.IndexStatus}"))
                        + "."
                );
            }

            await Task.Delay(PollInterval, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<List<string>> CompareAsync(TableDeclaration declaration, TableDescription table, CancellationToken cancellationToken)
    {
        var differences = new List<string>();
        Compare(
            "key",
            KeysOf(declaration.Create.KeySchema, declaration.Create.AttributeDefinitions),
            KeysOf(table.KeySchema, table.AttributeDefinitions)
        );
        Compare(
            "billing mode",
            declaration.Create.BillingMode?.Value ?? "PROVISIONED",
            table.BillingModeSummary?.BillingMode?.Value ?? "PROVISIONED"
        );
        Compare(
            "stream",
            declaration.Create.StreamSpecification?.StreamViewType?.Value ?? "none",
            table.StreamSpecification is { StreamEnabled: true } stream ? stream.StreamViewType.Value : "none"
        );

        var declared = (declaration.Create.GlobalSecondaryIndexes ?? []).ToDictionary(
            i => i.IndexName,
            i => $"{KeysOf(i.KeySchema, declaration.Create.AttributeDefinitions)} {i.Projection.ProjectionType}"
        );
        var actual = (table.GlobalSecondaryIndexes ?? []).ToDictionary(
            i => i.IndexName,
            i => $"{KeysOf(i.KeySchema, table.AttributeDefinitions)} {i.Projection.ProjectionType}"
        );
        foreach (var index in declared.Keys.Union(actual.Keys))
            Compare(index, declared.GetValueOrDefault(index, "none"), actual.GetValueOrDefault(index, "none"));

        Compare(
            "time to live",
            declaration.TimeToLiveAttribute ?? "none",
            await TimeToLiveOfAsync(table.TableName, cancellationToken).ConfigureAwait(false) ?? "none"
        );
        return differences;

        void Compare(string what, string asDeclared, string asIs)
        {
            if (asDeclared != asIs)
                differences.Add($"{what}: declared {asDeclared}, is {asIs}");
        }
    }

    private static string KeysOf(List<KeySchemaElement> keys, List<AttributeDefinition> attributes) =>
        string.Join(
            ", ",
            keys.Select(k => $"{k.KeyType} {k.AttributeName} {attributes.Find(a => a.AttributeName == k.AttributeName)?.AttributeType}")
        );
}
