using System.Diagnostics;
using NotifyQuery.ServiceDefaults;

namespace NotifyQuery.Tests.ServiceDefaults;

public sealed class QueryValueRedactionTests
{
    [Theory]
    [InlineData("url.query", "user_id=ann&limit=5", "user_id=Redacted&limit=Redacted")]
    [InlineData("url.query", "?user_id=ann", "?user_id=Redacted")]
    [InlineData("url.query", "ann", "Redacted")]
    [InlineData("url.query", "?to=b=c&&d", "?to=Redacted&&Redacted")]
    [InlineData("url.query", "alice@example.com=1", "Redacted=Redacted")]
    [InlineData("url.query", "=1", "Redacted=Redacted")]
    [InlineData("url.path", "/query/user", "/query/user")]
    [InlineData("url.path", "/query/user/alice@example.com", "/query/user/Redacted")]
    [InlineData("url.path", "/alice@example.com/", "/Redacted/")]
    [InlineData("url.path", "alice@example.com", "Redacted")]
    [InlineData(
        "url.full",
        "http://127.0.0.1:8000/query/user/alice?alice=1#alice",
        "http://127.0.0.1:8000/query/user/Redacted?Redacted=Redacted"
    )]
    [InlineData("url.full", "http://127.0.0.1:8000", "http://127.0.0.1:8000")]
    [InlineData("http.target", "/query/alice?user_id=ann", "/query/Redacted?user_id=Redacted")]
    [InlineData("url.full", "http://127.0.0.1:8000/query/user?user_id=ann", "http://127.0.0.1:8000/query/user?user_id=Redacted")]
    [InlineData("url.full", "http://127.0.0.1:8000/query/user", "http://127.0.0.1:8000/query/user")]
    [InlineData("http.target", "/query/user?user_id=ann", "/query/user?user_id=Redacted")]
    [InlineData("http.url", "https://host/query/user?user_id=ann", "https://host/query/user?user_id=Redacted")]
    public void A_span_keeps_the_names_and_paths_that_are_ours_and_nothing_else_of_an_address(
        string attribute,
        string value,
        string expected
    )
    {
        using var redaction = new QueryValueRedaction();
        using var span = new Activity("request").SetTag(attribute, value).SetTag("other", value);

        redaction.OnEnd(span);

        Assert.Equal(expected, span.GetTagItem(attribute));
        Assert.Equal(value, span.GetTagItem("other"));
    }
}
