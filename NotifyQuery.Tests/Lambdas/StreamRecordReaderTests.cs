using System.Text.Json;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Lambdas.StreamProcessor;

namespace NotifyQuery.Tests.Lambdas;

/// <summary>One record that cannot be read is one dead letter: the others of its batch are read all the same.</summary>
public sealed class StreamRecordReaderTests
{
    private const string Good = """
        {"eventID":"good","eventName":"INSERT","dynamodb":{"ApproximateCreationDateTime":1796000000,"SequenceNumber":"7",
         "Keys":{"transaction_id":{"S":"tx"},"created_at":{"S":"2026-11-22T08:15:30.123Z"}},
         "NewImage":{"transaction_id":{"S":"tx"},"created_at":{"S":"2026-11-22T08:15:30.123Z"},"user_id":{"S":"ann"}}}}
        """;

    private static readonly DateTimeOffset Now = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("""{"NewImage":"no map"}""", "no new image")]
    [InlineData("""{"NewImage":{"user_id":{"S":"x\ud83d"}}}""", "user_id is not Unicode text")]
    [InlineData("""{"NewImage":{"user_id":{}}}""", "user_id has no value of a known type")]
    [InlineData("""{"NewImage":{"user_id":{"Q":"x"}}}""", "user_id has no value of a known type")]
    [InlineData("""{"NewImage":{"user_id":"x"}}""", "user_id has no value of a known type")]
    [InlineData("""{"NewImage":{"user_id":{"S":7}}}""", "user_id has no value of a known type")]
    [InlineData("""{"NewImage":{"user_id":{"S":"x","N":"1"}}}""", "user_id has the types S and N: it must have exactly one")]
    [InlineData("""{"NewImage":{"title":{"NULL":false}}}""", "title is NULL with the value false")]
    [InlineData("""{"NewImage":{"user_id":{"NULL":true}}}""", "user_id is missing")]
    [InlineData("""{"NewImage":{"user_id":{"M":{}}}}""", "user_id has type M")]
    [InlineData("null", "no new image")]
    [InlineData("[]", "no new image")]
    public void An_invalid_record_is_reported_with_its_cause_and_its_neighbour_is_read(string change, string problem)
    {
        var changes = Read($$"""{"Records":[{"eventID":"bad","eventName":"INSERT","dynamodb":{{change}}},{{Good}}]}""");

        Assert.Contains(problem, string.Join("; ", changes[0].After!.Problems), StringComparison.Ordinal);
        Assert.Equal("bad", changes[0].EventId);
        Assert.Contains(change, changes[0].RawRecord(), StringComparison.Ordinal);
        Assert.Equal(new NotificationKey("ann", "2026-11-22T08:15:30.123Z#tx"), changes[1].After!.Record!.Key);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("\"\\ud83d\"")]
    public void What_is_no_record_at_all_has_an_id_of_its_own_the_same_at_each_delivery(string record)
    {
        var changes = Read($$"""{"Records":[{{record}},{{Good}},{{record}}]}""");

        Assert.Equal(64, changes[0].EventId.Length);
        Assert.Equal(changes[0].EventId, changes[2].EventId);
        Assert.Equal((record, "", Now), (changes[0].RawRecord(), changes[0].SequenceNumber, changes[0].CommittedAt));
        Assert.NotEmpty(changes[0].After!.Problems);
        Assert.NotNull(changes[1].After!.Record);
    }

    [Theory]
    [InlineData(31)]
    [InlineData(40)]
    [InlineData(2000)]
    public void However_deep_an_attribute_goes_that_is_no_business_of_ours_the_command_is_read(int levels)
    {
        var deep = string.Concat(Enumerable.Repeat("""{"M":{"x":""", levels)) + """{"SS":["x"]}""" + new string('}', 2 * levels);

        var changes = Read(
            $$"""{"Records":[{{Good.Replace("\"user_id\"", $"\"deep\":{deep},\"user_id\"", StringComparison.Ordinal)}},{{Good}}]}"""
        );

        Assert.All(changes, change => Assert.NotNull(change.After!.Record));
    }

    [Fact]
    public void Attributes_whose_names_and_values_make_no_sense_are_not_looked_at()
    {
        var changes = Read(
            $$"""{"Records":[{{Good.Replace("\"user_id\"", """
            "a\ud83d":{"S":"\ude00"},"user_id\ud83d":{"S":"x"},"b":{},"c":{"S":"x","N":"1"},"d":{"NULL":false},"e":7,"user_id"
            """, StringComparison.Ordinal)}}]}"""
        );

        Assert.Equal("ann", changes[0].After!.Record!.UserId);
    }

    [Fact]
    public void A_removal_without_the_state_before_is_a_dead_letter_because_its_place_is_not_known()
    {
        var change = Assert.Single(
            Read(
                """{"Records":[{"eventID":"e","eventName":"REMOVE","dynamodb":{"SequenceNumber":"7","Keys":{"transaction_id":"""
                    + """{"S":"tx"},"created_at":{"S":"c"}}}}]}"""
            )
        );

        Assert.Contains("no old image", Assert.Single(change.After!.Problems), StringComparison.Ordinal);
        Assert.Equal(("tx", "c"), (change.TransactionId, change.CreatedAt));
    }

    [Fact]
    public void A_name_that_is_written_with_escapes_is_the_same_name()
    {
        var escaped = Good.Replace("dynamodb", @"\u0064ynamodb", StringComparison.Ordinal)
            .Replace(@"user_id"":{""S""", @"user\u005fid"":{""\u0053""", StringComparison.Ordinal);

        var change = Assert.Single(Read($$"""{"Record\u0073":[{{escaped}}]}"""));

        Assert.Equal(("good", "7"), (change.EventId, change.SequenceNumber));
        Assert.Equal(new NotificationKey("ann", "2026-11-22T08:15:30.123Z#tx"), change.After!.Record!.Key);
    }

    [Fact]
    public void The_camel_case_of_emulators_with_nulls_and_dates_in_words_means_the_same()
    {
        var change = Assert.Single(
            Read(
                """
                {"records":[{"eventSourceArn":null,"dynamodb":{"approximateCreationDateTime":"2026-11-22T08:15:31Z",
                 "keys":{"transaction_id":{"b":null,"bool":null,"s":"tx","n":null},"created_at":{"s":"2026-11-22T08:15:30.123Z"}},
                 "newImage":{"transaction_id":{"s":"tx"},"created_at":{"s":"2026-11-22T08:15:30.123Z"},"user_id":{"s":"ann","m":null}},
                 "oldImage":null,"sequenceNumber":"7"},"eventID":"e","eventName":"INSERT","userIdentity":null}]}
                """
            )
        );

        Assert.Equal("ann", change.After!.Record!.UserId);
        Assert.Equal(
            (new(2026, 11, 22, 8, 15, 31, TimeSpan.Zero), "7", "tx", null),
            (change.CommittedAt, change.SequenceNumber, change.TransactionId, change.Before)
        );
    }

    [Theory]
    [InlineData("1767323045", "2026-01-02T03:04:05Z")]
    [InlineData("1767323045.5", "2026-01-02T03:04:05.5Z")]
    [InlineData("1767323045500", "2026-01-02T03:04:05.5Z")]
    [InlineData("1e300", "2026-11-29T12:00:00Z")]
    [InlineData("-5", "2026-11-29T12:00:00Z")]
    [InlineData("\"soon\"", "2026-11-29T12:00:00Z")]
    public void The_time_of_a_change_is_read_in_each_form_and_a_record_without_one_is_of_now(string json, string expected)
    {
        var change = Assert.Single(Read($$"""{"Records":[{{Good.Replace("1796000000", json, StringComparison.Ordinal)}}]}"""));

        Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), change.CommittedAt);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"warmer":true}""")]
    [InlineData("""{"version":"2.0","rawPath":"/query/user","requestContext":{"http":{"method":"GET"}}}""")]
    [InlineData("""{"Records":{}}""")]
    [InlineData("""{"Records":null}""")]
    public void What_is_no_event_of_stream_records_is_not_taken_for_an_empty_one(string json) =>
        Assert.Contains("it has no list named Records", Assert.Throws<JsonException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_event_without_records_is_empty() => Assert.Empty(Read("""{"Records":[]}"""));

    private static IReadOnlyList<StreamChange> Read(string json)
    {
        using var payload = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json));
        return StreamRecordReader.ReadAll(StreamProcessorFunction.Serializer.Deserialize<JsonElement>(payload), Now);
    }
}
