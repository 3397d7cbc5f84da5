using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace NotifyQuery.AppHost.Mapping;

/// <summary>
/// A CloudFormation template in YAML, evaluated as CloudFormation would with the parameters' defaults: <c>Ref</c>, <c>Sub</c>, and
/// <c>If</c> with its conditions, in the short and the long form. A value that only an account knows (such as an ARN) cannot be evaluated.
/// </summary>
internal sealed partial class StackTemplate
{
    private const string NoValue = "AWS::NoValue";

    private readonly string name;
    private readonly YamlMappingNode root;

    private StackTemplate(string name, YamlMappingNode root) => (this.name, this.root) = (name, root);

    /// <summary>Reads a template.</summary>
    /// <param name="name">The name of the template in messages: its path in the repository.</param>
    /// <param name="text">The text of the template.</param>
    /// <exception cref="StackTemplateException">The text is not YAML, or not a template.</exception>
    public static StackTemplate Parse(string name, string text)
    {
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            return yaml.Documents is [{ RootNode: YamlMappingNode root }]
                ? new(name, root)
                : throw new StackTemplateException($"{name} is not a CloudFormation template: its root is not a YAML mapping.");
        }
        catch (YamlException exception)
        {
            throw new StackTemplateException($"{name} is not YAML, line {exception.Start.Line}: {exception.Message}", exception);
        }
    }

    /// <summary>The properties of a resource, by name.</summary>
    /// <exception cref="StackTemplateException">There is no such resource of that type.</exception>
    public IReadOnlyDictionary<string, YamlNode> PropertiesOf(string resource, string type)
    {
        var declared = Child(Child(root, "Resources"), resource);
        if (declared is null || Child(declared, "Type") is not YamlScalarNode { Value: var found } || found != type)
            throw new StackTemplateException($"{name} declares no {type} named {resource}.");
        return Child(declared, "Properties") is YamlMappingNode properties
            ? properties.Children.ToDictionary(property => Text(property.Key), property => property.Value)
            : throw new StackTemplateException($"{name}: {resource} has no Properties.");
    }

    /// <summary>
    /// The value of a property as configuration entries: one for a string, several for a list or a mapping, none if there is no value.
    /// </summary>
    /// <param name="path">The property with its resource, for messages.</param>
    /// <param name="node">The property.</param>
    /// <exception cref="StackTemplateException">The value cannot be evaluated here.</exception>
    public IReadOnlyList<KeyValuePair<string, string>> Entries(string path, YamlNode node)
    {
        var entries = new List<KeyValuePair<string, string>>();
        Add(path, "", node);
        return entries;

        void Add(string at, string key, YamlNode value)
        {
            switch (Resolve(at, value))
            {
                case null:
                    break;
                case YamlScalarNode scalar:
                    entries.Add(new(key, scalar.Value ?? ""));
                    break;
                case YamlSequenceNode list:
                    foreach (var (index, item) in list.Index())
                        Add($"{at}[{index}]", Join(key, $"{index}"), item);
                    break;
                case YamlMappingNode map:
                    foreach (var (child, item) in map)
                        Add($"{at}.{Text(child)}", Join(key, Text(child)), item);
                    break;
            }
        }

        static string Join(string key, string more) => key.Length == 0 ? more : $"{key}:{more}";
    }

    /// <summary>The value of a node: the node itself, or the result of its function; null for no value.</summary>
    private YamlNode? Resolve(string at, YamlNode node)
    {
        if (Function(node) is not var (function, argument))
            return node;
        switch (function)
        {
            case "Ref":
                return Text(argument) is var referred && referred == NoValue ? null : new YamlScalarNode(Parameter(at, referred));
            case "Sub" when argument is YamlScalarNode { Value: { } text }:
                return new YamlScalarNode(
                    Variable()
                        .Replace(
                            text,
                            match =>
                                match.Groups[1].Value is ['!', .. var literal] ? $"${{{literal}}}" : Parameter(at, match.Groups[1].Value)
                        )
                );
            case "If" when argument is YamlSequenceNode { Children: [YamlScalarNode condition, var yes, var no] }:
                return Resolve(at, Holds(at, condition.Value!) ? yes : no);
            default:
                throw new StackTemplateException(
                    $"{name}: {at} uses {function}, which is not supported here: give it a value, or a parameter with a Default."
                );
        }
    }

    private bool Holds(string at, string condition) =>
        Holds(
            at,
            Child(Child(root, "Conditions"), condition)
                ?? throw new StackTemplateException($"{name}: {at} needs the condition {condition}, which is not declared.")
        );

    private bool Holds(string at, YamlNode condition)
    {
        var (function, argument) = Function(condition) ?? throw Unknown();
        return (function, argument) switch
        {
            ("Condition", YamlScalarNode { Value: { } other }) => Holds(at, other),
            ("Not", YamlSequenceNode { Children: [var one] }) => !Holds(at, one),
            ("And", YamlSequenceNode all) => all.All(one => Holds(at, one)),
            ("Or", YamlSequenceNode any) => any.Any(one => Holds(at, one)),
            ("Equals", YamlSequenceNode { Children: [var left, var right] }) => Scalar(left) == Scalar(right),
            _ => throw Unknown(),
        };

        string? Scalar(YamlNode node) => (Resolve(at, node) as YamlScalarNode)?.Value;

        StackTemplateException Unknown() => new($"{name}: {at} needs a condition that is not supported here: {condition}.");
    }

    private string Parameter(string at, string parameter) =>
        Child(Child(root, "Parameters"), parameter) switch
        {
            null => throw new StackTemplateException(
                $"{name}: {at} is {parameter}, which is known only in an AWS account: give it a value, or a parameter with a Default."
            ),
            var declared => Child(declared, "Default") is YamlScalarNode standard
                ? standard.Value ?? ""
                : throw new StackTemplateException($"{name}: {at} is the parameter {parameter}, which has no Default: give it one."),
        };

    /// <summary>
    /// The function of a node, in its short form (<c>!Ref X</c>) or the long one (<c>Ref: X</c>, <c>Fn::If: […]</c>); null for none.
    /// </summary>
    private static (string Name, YamlNode Argument)? Function(YamlNode node)
    {
        if (node is YamlMappingNode { Tag.IsEmpty: true, Children: [{ Key: YamlScalarNode { Value: { } key } } only] })
        {
            if (key is "Ref" or "Condition")
                return (key, only.Value);
            if (key.StartsWith("Fn::", StringComparison.Ordinal))
                return (key[4..], only.Value);
        }

        // A tag of YAML's own (!!str) is a type, not a function.
        return !node.Tag.IsEmpty && node.Tag.Value is ['!', not '!', ..] tag ? (tag[1..], node) : null;
    }

    private static YamlNode? Child(YamlNode? node, string key) =>
        node is YamlMappingNode map && map.Children.TryGetValue(key, out var child) ? child : null;

    private static string Text(YamlNode node) => (node as YamlScalarNode)?.Value ?? "";

    [GeneratedRegex(@"\$\{([^}]+)\}")]
    private static partial Regex Variable();
}

/// <summary>The stack's template cannot be read.</summary>
/// <param name="message">Which property, why, and what to do, in one sentence.</param>
/// <param name="inner">The cause.</param>
internal sealed class StackTemplateException(string message, Exception? inner = null) : Exception(message, inner);
