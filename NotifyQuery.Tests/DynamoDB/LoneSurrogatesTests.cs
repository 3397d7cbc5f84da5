using System.Text;
using System.Text.Json;
using Amazon.DynamoDBv2.Model;
using FsCheck;
using FsCheck.Fluent;
using NotifyQuery.DynamoDB.Http;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>Text that is not Unicode, which the AWS SDK cannot read.</summary>
public sealed class LoneSurrogatesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"a":"plain é 日 😀"}""")]
    [InlineData("""{"a":"\ud83d\ude00","b":"\\ud83d","c":"\n\"\u0041\/"}""")]
    [InlineData("")]
    public void JSON_without_lone_surrogates_is_left_as_it_is(string json) =>
        Assert.Null(LoneSurrogates.Hide(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("""{"a":"x\ud83d"}""")]
    [InlineData("""{"a\uDE00":"\ud83d\ud83d\ude00\ude00\u0041"}""")]
    [InlineData("""["\\\ud83d\n"]""")]
    public void A_lone_surrogate_is_marked_so_that_the_JSON_can_be_read_and_comes_back_as_it_was(string json)
    {
        var hidden = LoneSurrogates.Hide(Encoding.UTF8.GetBytes(json));

        Assert.NotNull(hidden);
        using var readable = JsonDocument.Parse(hidden);
        Assert.Contains(Texts(readable.RootElement), LoneSurrogates.IsIn);
        Assert.All(Texts(readable.RootElement), text => Assert.False(LoneSurrogates.IsIn(LoneSurrogates.Display(text))));
        Assert.Equal(json, Encoding.UTF8.GetString(LoneSurrogates.Restore(hidden)!));
    }

    [Fact]
    public void Any_value_of_a_table_comes_back_as_it_was() =>
        Check.One(
            OddItems.OddRuns.Config(500),
            Prop.ForAll(
                Arb.From(OddValue.Any),
                (string json) =>
                {
                    var hidden = LoneSurrogates.Hide(Encoding.UTF8.GetBytes(json));
                    if (hidden is null)
                        return;
                    using var readable = JsonDocument.Parse(hidden, new() { MaxDepth = 100 });
                    Assert.All(
                        Texts(readable.RootElement),
                        text => Assert.DoesNotContain('\uFFFD', text.Replace("\uFFFD", "", StringComparison.Ordinal))
                    );
                    Assert.Equal(json, Encoding.UTF8.GetString(LoneSurrogates.Restore(hidden)!));
                }
            )
        );

    [Fact]
    public async Task A_page_is_read_whatever_text_is_in_it_and_its_last_key_goes_back_as_it_came()
    {
        var engine = new CannedTransport
        {
            Json = """{"Items":[{"k":{"S":"x\ud83d"}},{"k":{"S":"😀"},"n\ude00":{"N":"1"}}],"LastEvaluatedKey":{"k":{"S":"x\ud83d"}}}""",
        };
        using var client = engine.Tables();

        var page = await client.ScanAsync(new ScanRequest("t"), Token);
        await client.ScanAsync(new ScanRequest("t") { ExclusiveStartKey = page.LastEvaluatedKey }, Token);

        Assert.Equal(["x\uFFFD", "😀"], page.Items.Select(item => LoneSurrogates.Display(item["k"].S)));
        Assert.Contains("""{"k":{"S":"x\ud83d"}}""", engine.LastRequest, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Texts(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Texts(member.Value).Append(member.Name)),
            JsonValueKind.Array => element.EnumerateArray().SelectMany(Texts),
            JsonValueKind.String => [element.GetString()!],
            _ => [],
        };
}
