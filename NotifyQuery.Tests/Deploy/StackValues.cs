using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace NotifyQuery.Tests.Deploy;

/// <summary>
/// The stack's template with parameters put in, as far as it is asked for: <c>!Ref</c>, <c>!Sub</c>, <c>!If</c> and conditions.
/// </summary>
internal sealed partial class StackValues
{
    private readonly YamlMappingNode template;
    private readonly Dictionary<string, string?> values;

    public StackValues(string yaml, IReadOnlyDictionary<string, string> parameters)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        template = (YamlMappingNode)stream.Documents[0].RootNode;
        values = new()
        {
            ["AWS::Partition"] = "aws",
            ["AWS::Region"] = "us-east-1",
            ["AWS::AccountId"] = "123456789012",
            ["AWS::StackName"] = "nq",
            ["AWS::NoValue"] = null,
        };
        foreach (var (name, parameter) in (YamlMappingNode)template["Parameters"])
            values[Text(name)] =
                parameters.GetValueOrDefault(Text(name))
                ?? (((YamlMappingNode)parameter).Children.TryGetValue("Default", out var standard) ? Text(standard) : "");
    }

    /// <summary>The table that the QueryResult function reads.</summary>
    public string ServedTable =>
        Value(template["Resources"]["QueryResult"]["Properties"]["Environment"]["Variables"]["Tables__NotificationRecords"])!;

    /// <summary>The tables and indexes, from <c>table/</c> on, that the QueryResult function's role may query.</summary>
    public HashSet<string> Queryable =>
        [
            .. from policy in (YamlSequenceNode)template["Resources"]["QueryResultRole"]["Properties"]["Policies"]
            from given in (YamlSequenceNode)policy["PolicyDocument"]["Statement"]
            let statement = Resolve(given)
            where
                statement is YamlMappingNode
                && Value(statement["Effect"]) == "Allow"
                && Texts(statement["Action"]).Contains("dynamodb:Query")
            from resource in Texts(statement["Resource"])
            select resource[resource.IndexOf("table/", StringComparison.Ordinal)..],
        ];

    private IEnumerable<string> Texts(YamlNode node) =>
        node is YamlSequenceNode { Tag.IsEmpty: true } several ? several.Select(item => Value(item)!) : [Value(node)!];

    private string? Value(YamlNode node)
    {
        var resolved = Resolve(node);
        return resolved is null ? null
            : resolved.Tag.IsEmpty ? Text(resolved)
            : resolved.Tag.Value switch
            {
                "!Ref" => values[Text(resolved)],
                "!Sub" => Variable().Replace(Text(resolved), match => values[match.Groups[1].Value]!),
                var other => throw new NotSupportedException($"{other} is not resolved here"),
            };
    }

    /// <summary>The branch of an <c>!If</c>; null for none.</summary>
    private YamlNode? Resolve(YamlNode node) =>
        node switch
        {
            YamlSequenceNode { Tag: { IsEmpty: false, Value: "!If" } } choice => Resolve(
                choice[Holds(template["Conditions"][Text(choice[0])]) ? 1 : 2]
            ),
            YamlScalarNode { Tag: { IsEmpty: false, Value: "!Ref" } } reference when values[Text(reference)] is null => null,
            _ => node,
        };

    private bool Holds(YamlNode condition) =>
        condition is YamlMappingNode other
            ? Holds(template["Conditions"][Text(other["Condition"])])
            : condition.Tag.Value switch
            {
                "!Not" => !Holds(condition[0]),
                "!And" => ((YamlSequenceNode)condition).All(Holds),
                "!Equals" => Value(condition[0]) == Value(condition[1]),
                var function => throw new NotSupportedException($"{function} is not resolved here"),
            };

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;

    [GeneratedRegex(@"\$\{([\w:]+)\}")]
    private static partial Regex Variable();
}
