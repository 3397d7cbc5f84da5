using YamlDotNet.RepresentationModel;

namespace NotifyQuery.Tests.Deploy;

/// <summary>The templates as they are written, with their resources and the statements of their roles.</summary>
internal static class ParsedTemplate
{
    public static async Task<YamlMappingNode> StackAsync() => Root(await Repository.ReadAsync("deploy/stack.template.yaml"));

    public static YamlMappingNode Root(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }

    public static IEnumerable<(string Name, YamlMappingNode Properties)> ResourcesOf(YamlMappingNode template, string type) =>
        from resource in (YamlMappingNode)template["Resources"]
        where Text(resource.Value["Type"]) == type
        select (Text(resource.Key), (YamlMappingNode)resource.Value["Properties"]);

    public static async Task<List<Statement>> StatementsAsync() =>
        [
            .. from role in ResourcesOf(await StackAsync(), "AWS::IAM::Role")
            from policy in (YamlSequenceNode)role.Properties["Policies"]
            from it in ((YamlSequenceNode)policy["PolicyDocument"]["Statement"]).SelectMany(Unconditional)
            select new Statement(
                role.Name,
                Text(it.Statement["Effect"]) == "Allow",
                Texts(it.Statement["Action"]),
                Texts(it.Statement["Resource"]),
                it.Condition
            ),
        ];

    public static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;

    /// <summary>One text or several; a !Sub with variables of its own counts as its text.</summary>
    public static string[] Texts(YamlNode node) =>
        node switch
        {
            YamlSequenceNode { Tag: { IsEmpty: false, Value: "!Sub" } } substituted => [Text(substituted[0])],
            YamlSequenceNode several => [.. several.SelectMany(Texts)],
            _ => [Text(node)],
        };

    /// <summary>A statement under a condition counts like any other.</summary>
    private static IEnumerable<(YamlNode Statement, string? Condition)> Unconditional(YamlNode statement) =>
        statement is YamlSequenceNode condition
            ? condition.OfType<YamlMappingNode>().Select(it => ((YamlNode)it, (string?)Text(condition[0])))
            : [(statement, null)];
}
