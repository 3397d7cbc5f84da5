using System.Diagnostics;
using NotifyQuery.ServiceDefaults;

namespace NotifyQuery.Tests.ServiceDefaults;

public sealed class QueryValueRedactionTests
{
    [Theory]
    [InlineData("url.query", "user_id=ann&limit=5", "user_id=Redacted&limit=Redacted")]
    [InlineData("url.query", "?user_id=ann", "?user_id=Redacted")]
    [InlineData("url.query", "ann", "Redacted")]
    [InlineData("url.query", "?a=b=c&&d", "?a=Redacted&&Redacted")]
    [InlineData("url.full", "http://127.0.0.1:8000/query/user?user_id=ann", "http://127.0.0.1:8000/query/user?user_id=Redacted")]
    [InlineData("url.full", "http://127.0.0.1:8000/query/user", "http://127.0.0.1:8000/query/user")]
    [InlineData("http.target", "/query/user?user_id=ann", "/query/user?user_id=Redacted")]
    [InlineData("http.url", "https://host/query/user?user_id=ann", "https://host/query/user?user_id=Redacted")]
    public void A_span_keeps_the_names_of_the_parameters_and_none_of_their_values(string attribute, string value, string expected)
    {
        using var redaction = new QueryValueRedaction();
        using var span = new Activity("request").SetTag(attribute, value).SetTag("other", value);

        redaction.OnEnd(span);

        Assert.Equal(expected, span.GetTagItem(attribute));
        Assert.Equal(value, span.GetTagItem("other"));
    }
}
