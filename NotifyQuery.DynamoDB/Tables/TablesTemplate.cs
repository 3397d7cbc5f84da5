using System.Text.Json;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.DynamoDB.Tables;

/// <summary>A table as the template declares it.</summary>
/// <param name="Create">The request that creates the table.</param>
/// <param name="TimeToLiveAttribute">The time to live attribute, if any.</param>
public sealed record TableDeclaration(CreateTableRequest Create, string? TimeToLiveAttribute)
{
    /// <summary>The table's name.</summary>
    public string Name => Create.TableName;
}

/// <summary>
/// Reads the tables from a CloudFormation template in JSON. Supports the properties that <c>deploy/tables.template.json</c> uses. Throws
/// for any other property, because the local table would differ from the one on AWS.
/// </summary>
public static class TablesTemplate
{
    // Properties that have an effect only on AWS: backups, encryption, protection, tags.
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
    /// The key spread of the query table in <c>deploy/tables.template.json</c>, which is the only place that defines it, for AWS and
    /// locally.
    /// </summary>
    public static KeySpread DeclaredKeySpread => Declared.Value;

    /// <summary>Reads the default key spread of the query table from a template: its parameter <c>KeySpread</c>.</summary>
    /// <exception cref="FormatException">The template is not JSON, or does not have the parameter.</exception>
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
    /// <exception cref="FormatException">The template is not JSON, or declares something unsupported.</exception>
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
            create.GlobalSecondaryIndexes = null; // DynamoDB refuses an empty list
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
        new($"the tables template declares {property} of {of}, which is not supported here");
}
