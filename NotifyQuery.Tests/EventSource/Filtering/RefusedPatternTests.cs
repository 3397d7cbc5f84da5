using NotifyQuery.EventSource.Filtering;
using static NotifyQuery.Tests.EventSource.EventFilters;

namespace NotifyQuery.Tests.EventSource;

/// <summary>
/// Patterns that AWS refuses are refused with their place and the fix, and those that can never match are warned of.
/// </summary>
public sealed class RefusedPatternTests
{
    [Theory]
    [InlineData("", ":Filters:0:Pattern is missing")]
    [InlineData("eventName", "is not JSON")]
    [InlineData("""[{"eventName":["INSERT"=123}]""", "is not JSON")]
    [InlineData("null", "is null: it must be a JSON object")]
    [InlineData("""["INSERT"]""", "is a list: it must be a JSON object")]
    [InlineData("{}", "the pattern is an empty object")]
    [InlineData("""{"eventName":"INSERT"}""", "eventName is \"INSERT\": write it as a list, [\"INSERT\"]")]
    [InlineData("""{"eventName":[]}""", "eventName is an empty list")]
    [InlineData("""{"dynamodb":{"Keys":{}}}""", "dynamodb.Keys is an empty object")]
    [InlineData("""{"eventName":[["INSERT"]]}""", "eventName contains a list within the list")]
    [InlineData("""{"eventName":[{}]}""", "eventName contains an object with 0 members")]
    [InlineData("""{"eventName":[{"prefix":"a","suffix":"b"}]}""", "eventName contains an object with 2 members")]
    [InlineData("""{"eventName":[{"wildcard":"I*"}]}""", "has the operator 'wildcard', which Lambda does not have: it has prefix, suffix")]
    [InlineData("""{"eventName":[{"cidr":"10.0.0.0/24"}]}""", "has the operator 'cidr'")]
    [InlineData("""{"eventName":[{"Prefix":"I"}]}""", "has the operator 'Prefix'")]
    [InlineData("""{"eventName":[{"prefix":1}]}""", "has prefix with 1: give a string")]
    [InlineData("""{"eventName":[{"suffix":["a"]}]}""", "has suffix with a list: give a string")]
    [InlineData("""{"eventName":[{"equals-ignore-case":null}]}""", "has equals-ignore-case with null: give a string")]
    [InlineData("""{"eventName":[{"exists":"true"}]}""", "has exists with \"true\": give true or false")]
    [InlineData("""{"eventName":[{"anything-but":[]}]}""", "has anything-but with a list")]
    [InlineData("""{"eventName":[{"anything-but":["a",1]}]}""", "has anything-but with a list")]
    [InlineData("""{"eventName":[{"anything-but":[true]}]}""", "has anything-but with a list")]
    [InlineData("""{"eventName":[{"anything-but":{"wildcard":"a"}}]}""", "has anything-but with an object")]
    [InlineData("""{"eventName":[{"anything-but":{"prefix":1}}]}""", "has anything-but with an object")]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":5}]}}""", "dynamodb.SizeBytes has numeric with an invalid range")]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":[]}]}}""", "an invalid range")]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":[">"]}]}}""", "an invalid range")]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":["!=",5]}]}}""", "an invalid range")]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":[">","5"]}]}}""", "an invalid range")]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":["<",5,">",1]}]}}""", "an invalid range")]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":["=",5,"=",5]}]}}""", "an invalid range")]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":[">",5,"<",5]}]}}""", "an empty range")]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":["<",5000000001]}]}}""", "a number beyond 5,000,000,000")]
    [InlineData("""{"$or":{"eventName":["INSERT"]}}""", "$or must be a list of at least two objects")]
    [InlineData("""{"$or":[{"eventName":["INSERT"]}]}""", "$or must be a list of at least two objects")]
    [InlineData("""{"dynamodb":{"$or":["a","b"]}}""", "dynamodb.$or must be a list of at least two objects")]
    [InlineData("""{"$or":[{"eventName":["INSERT"]},{}]}""", "is an empty object")]
    [InlineData("""{"eventName":["INSERT"],"eventName":["REMOVE"]}""", "is not JSON")]
    [InlineData("""{"eventName":["\ud83d"]}x""", "is not JSON")]
    public void A_pattern_that_AWS_refuses_is_refused_with_its_place_and_the_fix(string pattern, string sentence)
    {
        var (filter, problems) = EventFilter.Parse(Criteria(pattern));

        Assert.Null(filter);
        Assert.Contains(
            problems,
            problem =>
                problem.StartsWith("EventSource:FilterCriteria:Filters:0:Pattern", StringComparison.Ordinal)
                && problem.Contains(sentence, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_pattern_has_at_most_4096_characters_and_there_are_at_most_five()
    {
        var longest = $$"""{"eventName":["{{new string('a', 4096 - 18)}}"]}""";
        Assert.Equal(4096, longest.Length);
        const string Inserts = """{"eventName":["INSERT"]}""";

        Assert.NotNull(EventFilter.Parse(Criteria(longest)).Filter);
        Assert.Contains(
            "has 4097 characters: use at most 4096",
            Assert.Single(EventFilter.Parse(Criteria(longest + " ")).Problems),
            StringComparison.Ordinal
        );
        Assert.Equal(5, EventFilter.Parse(Criteria(Inserts, Inserts, Inserts, Inserts, Inserts)).Filter!.Filters);
        Assert.Contains(
            "has 6 filters: use at most 5",
            Assert.Single(EventFilter.Parse(Criteria(Inserts, Inserts, Inserts, Inserts, Inserts, Inserts)).Problems),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void What_AWS_takes_and_can_never_match_is_warned_of()
    {
        Assert.Contains(
            "contains numbers as strings",
            Assert.Single(Filter("""{"dynamodb":{"NewImage":{"tries":{"N":[{"numeric":[">",1]}]}}}}""").Warnings),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "no record of a DynamoDB stream has 'body'",
            Assert.Single(Filter("""{"body":{"status":["SENT"]}}""").Warnings),
            StringComparison.Ordinal
        );
        Assert.Empty(Filter("""{"eventName":["INSERT"],"dynamodb":{"NewImage":{"status":{"S":["SENT"]}}}}""").Warnings);
    }
}
