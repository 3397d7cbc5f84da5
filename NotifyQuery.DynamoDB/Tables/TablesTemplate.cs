using System.Text.Json;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.DynamoDB.Tables;

/// <summary>A table as the template declares it.</summary>
/// <param name="Create">The request that creates it.</param>
/// <param name="TimeToLiveAttribute">The attribute by which items expire, if any.</param>
public sealed record TableDeclaration(CreateTableRequest Create, string? TimeToLiveAttribute)
{
    /// <summary>The table's name.</summary>
    public string Name => Create.TableName;
}

/// <summary>
/// Reads the tables of a CloudFormation template in JSON. It knows the properties that <c>deploy/tables.template.json</c> uses, and
/// refuses others rather than create a table that differs from the one on AWS.
/// </summary>
public static class TablesTemplate
{
    // Properties that make a difference only on AWS: backups, encryption, protection, tags.
    private static readonly HashSet<string> OnlyOnAws =
    [
        "PointInTimeRecoverySpecification",
        "SSESpecification",
        "DeletionProtectionEnabled",
        "Tags",
        "ContributorInsightsSpecification",
    ];

    private static readonly Lazy<KeySpread> Declared = new(() =>
    {
        using var template = typeof(TablesTemplate).Assembly.GetManifestResourceStream("tables.template.json")!;
        using var reader = new StreamReader(template);
        return ReadKeySpread(reader.ReadToEnd());
    });

    /// <summary>
    /// How <c>deploy/tables.template.json</c> spreads the keys of the query table: the one place that says it, for AWS and for here.
    /// </summary>
    public static KeySpread DeclaredKeySpread => Declared.Value;

    /// <summary>
    /// Reads how a template spreads the keys of the query table unless the deployment says otherwise: its parameter <c>KeySpread</c>.
    /// </summary>
    /// <exception cref="FormatException">The template is not JSON, or does not say it.</exception>
    public static KeySpread ReadKeySpread(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return KeySpread.Over(
                document.RootElement.GetProperty("Parameters").GetProperty("KeySpread").GetProperty("Default").GetInt32()
            );
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            throw new FormatException(
                $"the tables template cannot be read: it must declare the parameter KeySpread with its Default: {exception.Message}",
                exception
            );
        }
    }

    /// <summary>Reads the tables from a template.</summary>
    /// <exception cref="FormatException">The template is not JSON, or declares what is not known here.</exception>
    public static IReadOnlyList<TableDeclaration> Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return
            [
                .. document
                    .RootElement.GetProperty("Resources")
                    .EnumerateObject()
                    .Where(resource => resource.Value.GetProperty("Type").GetString() == "AWS::DynamoDB::Table")
                    .Select(resource => ReadTable(resource.Name, resource.Value.GetProperty("Properties"))),
            ];
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"the tables template cannot be read: {exception.Message}", exception);
        }
    }

    private static TableDeclaration ReadTable(string resource, JsonElement properties)
    {
        var create = new CreateTableRequest { GlobalSecondaryIndexes = [] };
        string? timeToLive = null;
        foreach (var property in properties.EnumerateObject())
        {
            switch (property.Name)
            {
                case "TableName":
                    create.TableName = property.Value.GetString();
                    break;
                case "BillingMode":
                    create.BillingMode = BillingMode.FindValue(property.Value.GetString());
                    break;
                case "AttributeDefinitions":
                    create.AttributeDefinitions = ReadAttributes(property.Value);
                    break;
                case "KeySchema":
                    create.KeySchema = ReadKeys(property.Value);
                    break;
                case "GlobalSecondaryIndexes":
                    create.GlobalSecondaryIndexes = [.. property.Value.EnumerateArray().Select(index => ReadIndex(resource, index))];
                    break;
                case "StreamSpecification":
                    create.StreamSpecification = new()
                    {
                        StreamEnabled = true,
                        StreamViewType = StreamViewType.FindValue(property.Value.GetProperty("StreamViewType").GetString()),
                    };
                    break;
                case "TimeToLiveSpecification":
                    if (!property.Value.GetProperty("Enabled").GetBoolean())
                        throw new FormatException(
                            $"the tables template declares TimeToLiveSpecification of {resource} with Enabled false: leave it out"
                        );
                    timeToLive = property.Value.GetProperty("AttributeName").GetString();
                    break;
                default:
                    if (!OnlyOnAws.Contains(property.Name))
                        throw Unknown(property.Name, resource);
                    break;
            }
        }

        if (create.TableName is null)
            throw new FormatException($"the tables template cannot be read: {resource} has no TableName");
        if (create.GlobalSecondaryIndexes.Count == 0)
            create.GlobalSecondaryIndexes = null; // an empty list is an error to the engine
        return new(create, timeToLive);
    }

    private static List<AttributeDefinition> ReadAttributes(JsonElement attributes) =>
        [
            .. attributes
                .EnumerateArray()
                .Select(a => new AttributeDefinition(
                    a.GetProperty("AttributeName").GetString(),
                    ScalarAttributeType.FindValue(a.GetProperty("AttributeType").GetString())
                )),
        ];

    private static List<KeySchemaElement> ReadKeys(JsonElement keys) =>
        [
            .. keys.EnumerateArray()
                .Select(k => new KeySchemaElement(
                    k.GetProperty("AttributeName").GetString(),
                    KeyType.FindValue(k.GetProperty("KeyType").GetString())
                )),
        ];

    private static GlobalSecondaryIndex ReadIndex(string resource, JsonElement index)
    {
        var projection = index.GetProperty("Projection");
        foreach (var property in index.EnumerateObject().Concat(projection.EnumerateObject()))
            if (property.Name is not ("IndexName" or "KeySchema" or "Projection" or "ProjectionType"))
                throw Unknown(property.Name, $"an index of {resource}");
        return new()
        {
            IndexName = index.GetProperty("IndexName").GetString(),
            KeySchema = ReadKeys(index.GetProperty("KeySchema")),
            Projection = new() { ProjectionType = ProjectionType.FindValue(projection.GetProperty("ProjectionType").GetString()) },
        };
    }

    private static FormatException Unknown(string property, string of) =>
        new($"the tables template declares {property} of {of}, which is not known here");
}
