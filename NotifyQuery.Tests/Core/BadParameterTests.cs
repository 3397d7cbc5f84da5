using NotifyQuery.Core.Queries;
using static NotifyQuery.Tests.Core.QueryParsing;

namespace NotifyQuery.Tests.Core;

/// <summary>What is wrong with a parameter is named, and nothing else is called wrong.</summary>
public sealed class BadParameterTests
{
    [Theory]
    [InlineData("from", "yesterday", "must be an ISO-8601 date or time")]
    [InlineData("to", "2026-13-01", "must be an ISO-8601 date or time")]
    [InlineData("to", "2026-11-22T10:15:30 02:00", "write + as %2B")]
    [InlineData("status", "failed", "must be one of PENDING, SENT, DELIVERED, READ, FAILED")]
    [InlineData("channel", "fax", "must be one of push, sms, email, in_app")]
    [InlineData("order", "newest", "must be asc or desc")]
    [InlineData("order", "ASC", "must be asc or desc")]
    [InlineData("limit", "0", "must be a whole number from 1 to 100")]
    [InlineData("limit", "101", "must be a whole number from 1 to 100")]
    [InlineData("limit", "-1", "must be a whole number from 1 to 100")]
    [InlineData("limit", "+5", "must be a whole number from 1 to 100")]
    [InlineData("limit", "1.5", "must be a whole number from 1 to 100")]
    [InlineData("limit", "1e1", "must be a whole number from 1 to 100")]
    [InlineData("limit", " 5", "must be a whole number from 1 to 100")]
    [InlineData("limit", "99999999999999999999", "must be a whole number from 1 to 100")]
    [InlineData("cursor", "nonsense", "is not a cursor of this query")]
    [InlineData("page", "2", "is not a parameter of this query: it takes user_id, from, to, status, channel, order, limit, cursor")]
    [InlineData("User_Id", "u", "is not a parameter of this query")]
    [InlineData("", "x", "is not a parameter of this query")]
    [InlineData("transaction_id", "tx", "is not a parameter of this query")]
    public void A_bad_parameter_is_named_with_what_it_must_be(string parameter, string value, string problem)
    {
        var errors = Refused(QueryKind.User, ("user_id", "u"), (parameter, value));

        Assert.Contains(problem, Assert.Single(Assert.Single(errors).Value), StringComparison.Ordinal);
        Assert.Equal(parameter, Assert.Single(errors).Key);
    }

    [Fact]
    public void Of_thousands_of_unknown_names_a_few_are_named_shortened_and_the_rest_is_counted()
    {
        var errors = Refused(
            QueryKind.User,
            [("user_id", "u"), .. Enumerable.Range(1, 5000).Select(i => ($"{i:D4}{new string('y', 500)}", "v"))]
        );

        Assert.Equal(11, errors.Count);
        Assert.Equal(["4990 more names are not parameters of this query"], errors["others"]);
        Assert.All(errors.Keys, name => Assert.InRange(name.Length, 1, 101));
        Assert.All(
            errors.Where(error => error.Key != "others"),
            error => Assert.StartsWith("is not a parameter of this query", Assert.Single(error.Value), StringComparison.Ordinal)
        );
    }

    [Fact]
    public void All_bad_parameters_are_named_at_once()
    {
        var errors = Refused(
            QueryKind.User,
            ("from", "x"),
            ("to", "y"),
            ("status", "z"),
            ("channel", "fax"),
            ("order", "up"),
            ("limit", "many"),
            ("page", "2"),
            ("offset", "3")
        );

        Assert.Equal(["channel", "from", "limit", "offset", "order", "page", "status", "to", "user_id"], errors.Keys);
        Assert.Equal(["is required"], errors["user_id"]);
    }

    [Fact]
    public void A_status_that_is_none_is_named_beside_a_bad_window()
    {
        var errors = Refused(QueryKind.Status, ("status", "LOST"), ("from", "2026-11-22"), ("to", "2027-11-22"));

        Assert.Equal(["must be one of PENDING, SENT, DELIVERED, READ, FAILED"], errors["status"]);
        Assert.Equal(["must be at most 31 days after from"], errors["to"]);
    }

    [Theory]
    [InlineData("user_id")]
    [InlineData("from")]
    [InlineData("limit")]
    [InlineData("cursor")]
    public void A_parameter_is_given_once_and_with_a_value(string parameter)
    {
        (string, string)[] rest = parameter == "user_id" ? [] : [("user_id", "u")];

        Assert.Equal(["is given more than once"], Refused(QueryKind.User, [.. rest, (parameter, "1"), (parameter, "1")])[parameter]);
        Assert.Equal(["is empty"], Refused(QueryKind.User, [.. rest, (parameter, "")])[parameter]);
    }

    [Fact]
    public void A_parameter_repeated_within_one_entry_is_given_more_than_once()
    {
        var parsed = Parser.Parse(QueryKind.User, [new("user_id", ["a", "b"])]);

        Assert.Equal(["is given more than once"], parsed.Errors["user_id"]);
    }

    [Fact]
    public void A_parameter_without_any_value_is_absent()
    {
        Assert.Equal(["is required"], Parser.Parse(QueryKind.User, [new("user_id", [])]).Errors["user_id"]);
        Assert.Equal(
            ["is required"],
            Parser.Parse(QueryKind.Status, [new("status", ["SENT"]), new("from", []), new("to", ["2026-11-22"])]).Errors["from"]
        );
    }

    [Theory]
    [InlineData("user\0one")]
    [InlineData("user\none")]
    [InlineData("user\u007f")]
    [InlineData("user\u0085one")]
    public void Control_characters_are_refused(string value) =>
        Assert.Equal(["has control characters"], Refused(QueryKind.User, ("user_id", value))["user_id"]);

    [Fact]
    public void What_was_not_UTF_8_is_refused() =>
        Assert.Equal(
            ["is not valid percent-encoded UTF-8 (write % as %25)"],
            Refused(QueryKind.User, ("user_id", "us\uFFFDer"))["user_id"]
        );

    [Theory]
    [InlineData("\ud83d")]
    [InlineData("u\ude00u")]
    public void Half_a_surrogate_pair_is_refused(string value) =>
        Assert.Equal(["is not valid percent-encoded UTF-8 (write % as %25)"], Refused(QueryKind.User, ("user_id", value))["user_id"]);

    [Fact]
    public void What_is_no_cursor_at_all_is_named_beside_other_errors_and_what_may_be_one_is_not()
    {
        var cursor = Cursors.Encode(Accepted(QueryKind.User, ("user_id", "u")), new("u", "2026-11-10T00:00:00.000Z#tx"));

        Assert.Equal(["cursor", "limit"], Refused(QueryKind.User, ("user_id", "u"), ("limit", "x"), ("cursor", "nonsense")).Keys);
        Assert.Equal(["limit"], Refused(QueryKind.User, ("user_id", "u"), ("limit", "x"), ("cursor", cursor)).Keys);
    }

    [Fact]
    public void Every_other_character_may_be_part_of_an_id()
    {
        const string id = " \"'<>&?%2F+/\\#=;日本😀é";

        Assert.Equal(id, Accepted(QueryKind.Transaction, ("transaction_id", id)).Value);
    }

    [Fact]
    public void An_id_is_as_long_as_one_that_is_projected_and_not_a_byte_longer()
    {
        var longest = new string('x', 2046) + "é";

        Assert.Equal(longest, Accepted(QueryKind.User, ("user_id", longest)).Value);
        Assert.Equal(["is longer than 2048 bytes"], Refused(QueryKind.User, ("user_id", longest + "x"))["user_id"]);
    }

    [Fact]
    public void The_cursor_of_another_query_is_refused()
    {
        var cursor = Cursors.Encode(Accepted(QueryKind.User, ("user_id", "u-1")), new("u-1", "2026-11-10T00:00:00.000Z#tx"));

        Assert.NotNull(Accepted(QueryKind.User, ("user_id", "u-1"), ("limit", "7"), ("cursor", cursor)).After);
        Assert.Equal(
            ["is not a cursor of this query: use next_cursor of the previous page with the same parameters"],
            Refused(QueryKind.User, ("user_id", "u-2"), ("cursor", cursor))["cursor"]
        );
    }
}
