using NotifyQuery.AppHost.Mapping;

namespace NotifyQuery.Tests.Deploy;

/// <summary>A template whose event source mapping the local event source cannot take: what is wrong, and what to do.</summary>
public sealed class UnreadableTemplateTests
{
    [Theory]
    [InlineData(
        "      MaximumBatchingWindowInSeconds: 0",
        "      TumblingWindowInSeconds: 5",
        "deploy/stack.template.yaml: StreamProcessorMapping sets TumblingWindowInSeconds, which the local event source does not support: "
            + "read it in EventSourceMapping, or list it there as not applicable."
    )]
    [InlineData(
        "      MaximumBatchingWindowInSeconds: 0",
        "      MaximumBatchingWindowInSeconds: soon",
        "deploy/stack.template.yaml: StreamProcessorMapping.MaximumBatchingWindowInSeconds is 'soon': it must be a whole number."
    )]
    [InlineData(
        "      MaximumBatchingWindowInSeconds: 0",
        "      MaximumBatchingWindowInSeconds: [0]",
        "deploy/stack.template.yaml: StreamProcessorMapping.MaximumBatchingWindowInSeconds is '0': it must be a single value."
    )]
    [InlineData(
        "      BisectBatchOnFunctionError: true",
        "      BisectBatchOnFunctionError: 1",
        "deploy/stack.template.yaml: StreamProcessorMapping.BisectBatchOnFunctionError is '1': it must be true or false."
    )]
    [InlineData(
        "      StartingPosition: TRIM_HORIZON",
        "      StartingPosition: !GetAtt GivenUp.Arn",
        "deploy/stack.template.yaml: StreamProcessorMapping.StartingPosition uses GetAtt, which is not supported here: give it a value, "
            + "or a parameter with a Default."
    )]
    [InlineData(
        "      StartingPosition: TRIM_HORIZON",
        "      StartingPosition: !Ref ArtifactBucket",
        "deploy/stack.template.yaml: StreamProcessorMapping.StartingPosition is the parameter ArtifactBucket, which has no Default: give "
            + "it one."
    )]
    [InlineData(
        "      StartingPosition: TRIM_HORIZON",
        "      StartingPosition: !Sub ${AWS::Region}",
        "deploy/stack.template.yaml: StreamProcessorMapping.StartingPosition is AWS::Region, which is known only in an AWS account: "
            + "give it a value, or a parameter with a Default."
    )]
    [InlineData(
        "      StartingPosition: TRIM_HORIZON",
        "      StartingPosition: !If [Nowhere, LATEST, TRIM_HORIZON]",
        "deploy/stack.template.yaml: StreamProcessorMapping.StartingPosition needs the condition Nowhere, which is not declared."
    )]
    [InlineData(
        "  StreamProcessorMapping:",
        "  OtherMapping:",
        "deploy/stack.template.yaml declares no AWS::Lambda::EventSourceMapping named StreamProcessorMapping."
    )]
    [InlineData("Parameters:", "Parameters: [", "deploy/stack.template.yaml is not YAML, line ")]
    public async Task A_template_that_cannot_be_read_is_named_with_the_property_and_what_to_do(string before, string after, string message)
    {
        var text = await Repository.ReadAsync(EventSourceMapping.TemplateName);
        var at = text.IndexOf(before, StringComparison.Ordinal);

        var exception = Assert.Throws<StackTemplateException>(() =>
            EventSourceMapping.Read($"{text[..at]}{after}{text[(at + before.Length)..]}")
        );

        Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
    }
}
