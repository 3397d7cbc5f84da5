using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using NotifyQuery.EventSource.Filtering;
using static NotifyQuery.Tests.EventSource.EventFilters;

namespace NotifyQuery.Tests.EventSource;

/// <summary>What holds for every pattern and every record.</summary>
public sealed class EventFilterPropertyTests
{
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

    /// <summary>A record with this status, or a pattern for it.</summary>
    private static string StatusIs(string leaf) => "{\"dynamodb\":{\"NewImage\":{\"status\":{\"S\":" + leaf + "}}}}";

    private static EventFilter Status(string leaf) => Filter(StatusIs(leaf));
}
