using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using NotifyQuery.EventSource.Filtering;

namespace NotifyQuery.Tests.EventSource;

/// <summary>
/// Lambda's rules of event filtering, by their documentation: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html,
/// …/with-ddb-filtering.html, and for the operators
/// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html.
/// </summary>
public sealed class EventFilterTests
{
    private const string Record = """
        {"eventID":"1","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-east-1",
         "dynamodb":{"ApproximateCreationDateTime":1678831218,
          "Keys":{"transaction_id":{"S":"tx-1"},"created_at":{"S":"2026-11-22T08:15:30.123Z"}},
          "NewImage":{"user_id":{"S":"Ann"},"status":{"S":"SENT"},"title":{"S":""},"tries":{"N":"300"},"vip":{"BOOL":true},"error_message":{"NULL":true},
           "tags":{"SS":["red","blue"]},"list":{"L":[{"S":"one"},{"S":"two","N":"2"},{"N":"3"}]},"none":{"L":[]},"map":{"M":{"deep":{"S":"file.png"}}}},
          "OldImage":{"status":{"S":"PENDING"}},
          "SequenceNumber":"111","SizeBytes":300,"Ratio":3.0e2,"StreamViewType":"NEW_AND_OLD_IMAGES"},
         "userIdentity":null,"eventSourceARN":"arn:aws:dynamodb:us-east-1:000000000000:table/command-records/stream/1"}
        """;

    [Theory]
    // Equals: character by character, without case-folding; several values are alternatives.
    [InlineData("""{"eventName":["MODIFY"]}""", true)]
    [InlineData("""{"eventName":["modify"]}""", false)]
    [InlineData("""{"eventName":["INSERT","MODIFY"]}""", true)]
    [InlineData("""{"eventName":["INSERT"]}""", false)]
    [InlineData("""{"dynamodb":{"Keys":{"transaction_id":{"S":["tx-1"]}}}}""", true)]
    [InlineData("""{"dynamodb":{"Keys":{"transaction_id":{"S":["tx-2"]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":["Ann","Bob"]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"vip":{"BOOL":[true]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"vip":{"BOOL":[false]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"vip":{"BOOL":["true"]}}}}""", false)]
    // Empty text, and null.
    [InlineData("""{"dynamodb":{"NewImage":{"title":{"S":[""]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":[""]}}}}""", false)]
    [InlineData("""{"userIdentity":[null]}""", true)]
    [InlineData("""{"eventName":[null]}""", false)]
    [InlineData("""{"absent":[null]}""", false)]
    // Numbers are compared as they are written: 300, 300.0 and 3.0e2 are different.
    [InlineData("""{"dynamodb":{"SizeBytes":[300]}}""", true)]
    [InlineData("""{"dynamodb":{"SizeBytes":[300.0]}}""", false)]
    [InlineData("""{"dynamodb":{"Ratio":[300]}}""", false)]
    [InlineData("""{"dynamodb":{"Ratio":[3.0e2]}}""", true)]
    // A number of DynamoDB is a text in the record.
    [InlineData("""{"dynamodb":{"NewImage":{"tries":{"N":["300"]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"tries":{"N":[300]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"tries":{"N":[{"numeric":["=",300]}]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"tries":{"N":[{"prefix":"3"}]}}}}""", true)]
    // And: all fields; those that the pattern does not name do not matter.
    [InlineData(
        """{"eventName":["MODIFY"],"dynamodb":{"NewImage":{"status":{"S":["SENT"]}},"OldImage":{"status":{"S":["PENDING"]}}}}""",
        true
    )]
    [InlineData("""{"eventName":["MODIFY"],"dynamodb":{"NewImage":{"status":{"S":["READ"]}}}}""", false)]
    // Or over fields.
    [InlineData("""{"$or":[{"eventName":["INSERT"]},{"dynamodb":{"NewImage":{"status":{"S":["SENT"]}}}}]}""", true)]
    [InlineData("""{"$or":[{"eventName":["INSERT"]},{"eventName":["REMOVE"]}]}""", false)]
    [InlineData("""{"eventName":["MODIFY"],"dynamodb":{"NewImage":{"$or":[{"status":{"S":["READ"]}},{"user_id":{"S":["Ann"]}}]}}}""", true)]
    [InlineData("""{"eventName":["INSERT"],"$or":[{"awsRegion":["us-east-1"]},{"awsRegion":["us-east-2"]}]}""", false)]
    // Begins with, ends with.
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":[{"prefix":"An"}]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":[{"prefix":"an"}]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"map":{"M":{"deep":{"S":[{"suffix":".png"}]}}}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"map":{"M":{"deep":{"S":[{"suffix":".jpg"}]}}}}}}""", false)]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"prefix":"3"}]}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":[{"prefix":"B"},{"suffix":"n"}]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":[{"equals-ignore-case":"ANN"}]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":[{"equals-ignore-case":"ANNA"}]}}}}""", false)]
    // Not.
    [InlineData("""{"eventName":[{"anything-but":"REMOVE"}]}""", true)]
    [InlineData("""{"eventName":[{"anything-but":["REMOVE"]}]}""", true)]
    [InlineData("""{"eventName":[{"anything-but":["REMOVE","MODIFY"]}]}""", false)]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"anything-but":[300,400]}]}}""", false)]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"anything-but":[400]}]}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":[{"anything-but":{"prefix":"A"}}]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":[{"anything-but":{"prefix":["B","C"]}}]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":[{"anything-but":{"suffix":"nn"}}]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"user_id":{"S":[{"anything-but":{"equals-ignore-case":"ann"}}]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"absent":{"S":[{"anything-but":["x"]}]}}}}""", false)]
    // Numbers within a range.
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":["=",300]}]}}""", true)]
    [InlineData("""{"dynamodb":{"Ratio":[{"numeric":["=",300]}]}}""", true)]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":[">",100,"<=",300]}]}}""", true)]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":[">",300]}]}}""", false)]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":[">=",300]}]}}""", true)]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":["<",300]}]}}""", false)]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":["<",10]},{"numeric":[">",299.5]}]}}""", true)]
    // Exists looks at leaves alone, never at what lies on the way to them.
    [InlineData("""{"dynamodb":{"NewImage":{"status":{"S":[{"exists":true}]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"status":[{"exists":true}]}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"absent":{"S":[{"exists":true}]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"absent":{"S":[{"exists":false}]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"status":{"S":[{"exists":false}]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"status":[{"exists":false}]}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"error_message":{"NULL":[{"exists":true}]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"list":{"L":{"S":[{"exists":true}]}}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"list":{"L":[{"exists":true}]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"none":{"L":{"S":[{"exists":true}]}}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"none":{"L":{"S":[{"exists":false}]}}}}}""", true)]
    // A list matches by any of its elements; fields of one object of it by the same element.
    [InlineData("""{"dynamodb":{"NewImage":{"tags":{"SS":["blue"]}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"tags":{"SS":["green"]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"list":{"L":{"S":["two"],"N":["2"]}}}}}""", true)]
    [InlineData("""{"dynamodb":{"NewImage":{"list":{"L":{"S":["two"],"N":["3"]}}}}}""", false)]
    public void A_pattern_takes_a_record_as_Lambda_does(string pattern, bool taken) =>
        Assert.Equal(taken, Filter(pattern).Takes(Bytes(Record)));

    [Theory]
    [InlineData("", ":Filters:0:Pattern is missing")]
    [InlineData("eventName", "is not JSON")]
    [InlineData("""[{"eventName":["INSERT"=123}]""", "is not JSON")]
    [InlineData("null", "is null: it must be a JSON object")]
    [InlineData("""["INSERT"]""", "is a list: it must be a JSON object")]
    [InlineData("{}", "the pattern is an empty object")]
    [InlineData("""{"eventName":"INSERT"}""", "eventName is \"INSERT\": put what matches into a list, [\"INSERT\"]")]
    [InlineData("""{"eventName":[]}""", "eventName is an empty list")]
    [InlineData("""{"dynamodb":{"Keys":{}}}""", "dynamodb.Keys is an empty object")]
    [InlineData("""{"eventName":[["INSERT"]]}""", "eventName holds a list within the list")]
    [InlineData("""{"eventName":[{}]}""", "eventName holds an object with 0 members")]
    [InlineData("""{"eventName":[{"prefix":"a","suffix":"b"}]}""", "eventName holds an object with 2 members")]
    [InlineData("""{"eventName":[{"wildcard":"I*"}]}""", "has the operator 'wildcard', which Lambda does not have: it has prefix, suffix")]
    [InlineData("""{"eventName":[{"cidr":"10.0.0.0/24"}]}""", "has the operator 'cidr'")]
    [InlineData("""{"eventName":[{"Prefix":"I"}]}""", "has the operator 'Prefix'")]
    [InlineData("""{"eventName":[{"prefix":1}]}""", "has prefix with 1: give a text")]
    [InlineData("""{"eventName":[{"suffix":["a"]}]}""", "has suffix with a list: give a text")]
    [InlineData("""{"eventName":[{"equals-ignore-case":null}]}""", "has equals-ignore-case with null: give a text")]
    [InlineData("""{"eventName":[{"exists":"true"}]}""", "has exists with \"true\": give true or false")]
    [InlineData("""{"eventName":[{"anything-but":[]}]}""", "has anything-but with a list")]
    [InlineData("""{"eventName":[{"anything-but":["a",1]}]}""", "has anything-but with a list")]
    [InlineData("""{"eventName":[{"anything-but":[true]}]}""", "has anything-but with a list")]
    [InlineData("""{"eventName":[{"anything-but":{"wildcard":"a"}}]}""", "has anything-but with an object")]
    [InlineData("""{"eventName":[{"anything-but":{"prefix":1}}]}""", "has anything-but with an object")]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":5}]}}""", "dynamodb.SizeBytes has numeric with what is no range")]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":[]}]}}""", "no range")]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":[">"]}]}}""", "no range")]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":["!=",5]}]}}""", "no range")]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":[">","5"]}]}}""", "no range")]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":["<",5,">",1]}]}}""", "no range")]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":["=",5,"=",5]}]}}""", "no range")]
    [InlineData("""{"dynamodb":{"SizeBytes":[{"numeric":[">",5,"<",5]}]}}""", "a range that holds nothing")]
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
            "writes numbers as text",
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

    [Theory]
    [InlineData("""{"eventName":["INSERT"]}""", """{"eventName":"INSERT","dynamodb":{"NewImage":{"\ud83d":{"S":"x"}}}}""")]
    [InlineData(
        """{"dynamodb":{"NewImage":{"title":{"S":[{"anything-but":["x"]}]}}}}""",
        """{"dynamodb":{"NewImage":{"title":{"S":"\ud83d"}}}}"""
    )]
    public void A_record_with_text_that_is_not_Unicode_is_compared_without_an_end(string pattern, string record) =>
        Assert.True(Filter(pattern).Takes(Bytes(record)));

    [Fact]
    public void Without_filters_every_record_is_delivered() =>
        Prop.ForAll(Events.ToArbitrary(), record => EventFilter.Of(new()).Takes(Bytes(record))).QuickCheckThrowOnFailure();

    [Fact]
    public void Another_filter_only_adds_records_and_any_of_them_is_enough() =>
        Prop.ForAll(
                (
                    from record in Events
                    from patterns in Gen.ArrayOf(Patterns, 4)
                    from another in Patterns
                    select (record, patterns, another)
                ).ToArbitrary(),
                run =>
                {
                    var before = run.patterns.Length > 0 && Filter(run.patterns).Takes(Bytes(run.record));
                    var after = Filter([.. run.patterns, run.another]).Takes(Bytes(run.record));
                    return after == (before || Filter(run.another).Takes(Bytes(run.record)));
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Another_field_only_takes_records_away() =>
        Prop.ForAll(
                (from record in Events from one in Leaves from other in Leaves select (record, one, other)).ToArbitrary(),
                run =>
                {
                    var both = Filter($"{{\"eventName\":{run.one},{StatusIs(run.other)[1..]}").Takes(Bytes(run.record));
                    return both
                        == (
                            Filter($$"""{"eventName":{{run.one}}}""").Takes(Bytes(run.record))
                            && Filter(StatusIs(run.other)).Takes(Bytes(run.record))
                        );
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Or_is_one_of_two_and_exists_and_does_not_exist_are_opposites() =>
        Prop.ForAll(
                (from record in Events from one in Patterns from other in Patterns select (record, one, other)).ToArbitrary(),
                run =>
                    Filter($$"""{"$or":[{{run.one}},{{run.other}}]}""").Takes(Bytes(run.record))
                        == Filter(run.one, run.other).Takes(Bytes(run.record))
                    && Status("""[{"exists":true}]""").Takes(Bytes(run.record)) != Status("""[{"exists":false}]""").Takes(Bytes(run.record))
            )
            .QuickCheckThrowOnFailure();

    private static readonly Gen<string> Texts = Gen.Elements("", "INSERT", "MODIFY", "insert", "SENT", "S", "ENT", "é", "300");

    private static readonly Gen<string> Events =
        from name in Texts
        from status in Texts
        from kind in Gen.Choose(0, 4)
        select kind switch
        {
            0 => "{}",
            1 => $$"""{"eventName":{{Json(name)}}}""",
            2 => $"{{\"eventName\":{Json(name)},{StatusIs("\"1\"").Replace("\"S\"", "\"N\"", StringComparison.Ordinal)[1..]}",
            3 => $"{{\"eventName\":null,{StatusIs($"[{Json(status)},{Json(name)}]")[1..]}",
            _ => $"{{\"eventName\":{Json(name)},{StatusIs(Json(status))[1..]}",
        };

    private static readonly Gen<string> Rules =
        from text in Texts
        from kind in Gen.Choose(0, 6)
        select kind switch
        {
            0 => Json(text),
            1 => $$"""{"prefix":{{Json(text)}}}""",
            2 => $$"""{"suffix":{{Json(text)}}}""",
            3 => $$"""{"equals-ignore-case":{{Json(text)}}}""",
            4 => $$"""{"anything-but":[{{Json(text)}}]}""",
            5 => """{"exists":true}""",
            _ => """{"exists":false}""",
        };

    private static readonly Gen<string> Leaves = from rules in Gen.NonEmptyListOf(Rules) select $"[{string.Join(',', rules.Take(3))}]";

    private static readonly Gen<string> Patterns =
        from leaf in Leaves
        from field in Gen.Elements("eventName", "status")
        select field is "status" ? StatusIs(leaf) : $$"""{"eventName":{{leaf}}}""";

    private static string Json(string text) => $"\"{JsonEncodedText.Encode(text)}\"";

    private static byte[] Bytes(string record) => Encoding.UTF8.GetBytes(record);

    /// <summary>A record with this status, or a pattern for it.</summary>
    private static string StatusIs(string leaf) => "{\"dynamodb\":{\"NewImage\":{\"status\":{\"S\":" + leaf + "}}}}";

    private static EventFilter Status(string leaf) => Filter(StatusIs(leaf));

    private static EventFilter Filter(params string[] patterns)
    {
        var (filter, problems) = EventFilter.Parse(Criteria(patterns));
        Assert.True(filter is not null, string.Join(' ', problems));
        return filter;
    }

    private static FilterCriteriaOptions Criteria(params string[] patterns) =>
        new() { Filters = [.. patterns.Select(pattern => new FilterOptions { Pattern = pattern })] };
}
