using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace NotifyQuery.AppHost.Mapping;

/// <summary>
/// The settings of the local event source. They are the properties of the <c>AWS::Lambda::EventSourceMapping</c> that the stack deploys, so
/// the mapping is declared once. The intended differences, and the properties that do not apply locally, are listed below. Any other
/// property is refused: the mapping on AWS would behave differently from the local one.
/// </summary>
internal static class EventSourceMapping
{
    /// <summary>The template's path in the repository.</summary>
    public const string TemplateName = "deploy/stack.template.yaml";

    /// <summary>The name of the mapping in the template.</summary>
    public const string Resource = "StreamProcessorMapping";

    private const string Type = "AWS::Lambda::EventSourceMapping";

    private enum Kind
    {
        Number,
        Flag,
        Text,
        Any,
    }

    private static readonly Dictionary<string, Kind> Known = new(StringComparer.Ordinal)
    {
        ["BatchSize"] = Kind.Number,
        ["BisectBatchOnFunctionError"] = Kind.Flag,
        ["Enabled"] = Kind.Flag,
        ["FilterCriteria"] = Kind.Any,
        ["FunctionResponseTypes"] = Kind.Any,
        ["MaximumBatchingWindowInSeconds"] = Kind.Number,
        ["MaximumRecordAgeInSeconds"] = Kind.Number,
        ["MaximumRetryAttempts"] = Kind.Number,
        ["ParallelizationFactor"] = Kind.Number,
        ["StartingPosition"] = Kind.Text,
    };

    /// <summary>The properties whose local value differs from AWS, and why.</summary>
    public static IReadOnlyDictionary<string, (string Value, string Reason)> LocalDifferences { get; } =
        new Dictionary<string, (string, string)> { ["BatchSize"] = ("1000", "one read of the stream: fewer batches, so less overhead") };

    /// <summary>The properties that do not apply to the local event source, and why.</summary>
    public static IReadOnlyDictionary<string, string> NotApplicable { get; } =
        new Dictionary<string, string>
        {
            ["EventSourceArn"] = "the local stream is found by its table's name, even if the stream is replaced",
            ["FunctionName"] = "the local function has another name",
            ["DestinationConfig"] = "whole batches are stored in projection-failures, instead of only their position in a queue",
        };

    /// <summary>The settings of the event source, by their names in the configuration section <c>EventSource</c>.</summary>
    /// <param name="template">The text of the template.</param>
    /// <exception cref="StackTemplateException">The template cannot be read, or the mapping has an unknown property or value.</exception>
    public static IReadOnlyDictionary<string, string> Read(string template)
    {
        var stack = StackTemplate.Parse(TemplateName, template);
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (property, node) in stack.PropertiesOf(Resource, Type))
        {
            if (NotApplicable.ContainsKey(property))
                continue;
            if (!Known.TryGetValue(property, out var kind))
            {
                throw new StackTemplateException(
                    $"{TemplateName}: {Resource} sets {property}, which the local event source does not support: "
                        + $"read it in {nameof(EventSourceMapping)}, or list it there as not applicable."
                );
            }

            foreach (var (key, value) in Read(stack, property, kind, node))
                settings[key] = value;
        }

        foreach (var (property, (value, _)) in LocalDifferences)
            settings[property] = value;
        return settings;
    }

    /// <summary>Reads the template that the build has copied beside the AppHost.</summary>
    /// <inheritdoc cref="Read(string)" />
    public static IReadOnlyDictionary<string, string> Read()
    {
        try
        {
            return Read(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "stack.template.yaml")));
        }
        catch (IOException exception)
        {
            throw new StackTemplateException($"{TemplateName} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Passes the settings of the mapping to the event source.</summary>
    public static IResourceBuilder<T> WithMapping<T>(this IResourceBuilder<T> builder, IReadOnlyDictionary<string, string> mapping)
        where T : IResourceWithEnvironment
    {
        foreach (var (key, value) in mapping)
            builder.WithEnvironment($"EventSource__{key.Replace(":", "__", StringComparison.Ordinal)}", value);
        return builder;
    }

    private static IEnumerable<KeyValuePair<string, string>> Read(StackTemplate stack, string property, Kind kind, YamlNode node)
    {
        foreach (var (key, value) in stack.Entries($"{Resource}.{property}", node))
        {
            var wrong = kind switch
            {
                _ when kind is not Kind.Any && key.Length > 0 => "a single value",
                Kind.Number when !int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) =>
                    "a whole number",
                Kind.Flag when !bool.TryParse(value, out _) => "true or false",
                _ => null,
            };
            if (wrong is not null)
                throw new StackTemplateException($"{TemplateName}: {Resource}.{property} is '{value}': it must be {wrong}.");
            yield return new(key.Length == 0 ? property : $"{property}:{key}", value);
        }
    }
}
