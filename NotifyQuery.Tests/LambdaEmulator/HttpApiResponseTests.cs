using System.Text;
using NotifyQuery.LambdaEmulator.Gateway;

namespace NotifyQuery.Tests.LambdaEmulator;

public sealed class HttpApiResponseTests
{
    [Theory]
    [InlineData(
        """{"statusCode":201,"headers":{"x-a":"1"},"body":"made"}""",
        201,
        "x-a: 1|Content-Type: text/plain; charset=utf-8",
        "made"
    )]
    [InlineData(
        """{"statusCode":200,"headers":{"content-type":"application/json"},"body":"{\"ë\":1}"}""",
        200,
        "content-type: application/json",
        "{\"ë\":1}"
    )]
    [InlineData(
        """{"statusCode":200,"headers":null,"cookies":["a=1; Path=/","b=2"],"body":null}""",
        200,
        "Set-Cookie: a=1; Path=/|Set-Cookie: b=2|Content-Type: text/plain; charset=utf-8",
        ""
    )]
    [InlineData("""{"statusCode":200,"body":"aGVsbG8=","isBase64Encoded":true}""", 200, "Content-Type: text/plain; charset=utf-8", "hello")]
    [InlineData("""{"statusCode":404,"extra":{"deep":[1]}}""", 404, "Content-Type: text/plain; charset=utf-8", "")]
    public void An_object_with_a_status_code_is_the_complete_answer(string payload, int status, string headers, string body)
    {
        var response = HttpApiResponse.FromPayload(Encoding.UTF8.GetBytes(payload));

        Assert.Equal(status, response.Status);
        Assert.Equal(headers, string.Join('|', response.Headers.Select(h => $"{h.Key}: {h.Value}")));
        Assert.Equal(body, Encoding.UTF8.GetString(response.Body.Span));
    }

    [Theory]
    [InlineData("""{"message":"hi"}""", """{"message":"hi"}""")]
    [InlineData("""{"StatusCode":500}""", """{"StatusCode":500}""")]
    [InlineData("[1,2]", "[1,2]")]
    [InlineData("null", "null")]
    [InlineData("true", "true")]
    [InlineData("\"text \\u00eb\"", "text ë")]
    [InlineData("", "")]
    public void Any_other_JSON_is_the_body_of_a_200(string payload, string body)
    {
        var response = HttpApiResponse.FromPayload(Encoding.UTF8.GetBytes(payload));

        Assert.Equal(200, response.Status);
        Assert.Equal([new("Content-Type", "application/json")], response.Headers);
        Assert.Equal(body, Encoding.UTF8.GetString(response.Body.Span));
    }

    [Theory]
    [InlineData("""{"statusCode":""")]
    [InlineData("plain text")]
    [InlineData("""{"statusCode":"200"}""")]
    [InlineData("""{"statusCode":200.5}""")]
    [InlineData("""{"statusCode":0}""")]
    [InlineData("""{"statusCode":700}""")]
    [InlineData("""{"statusCode":null}""")]
    [InlineData("""{"statusCode":200,"body":{}}""")]
    [InlineData("""{"statusCode":200,"headers":{"a":1}}""")]
    [InlineData("""{"statusCode":200,"headers":[]}""")]
    [InlineData("""{"statusCode":200,"cookies":"a=1"}""")]
    [InlineData("""{"statusCode":200,"cookies":[1]}""")]
    [InlineData("""{"statusCode":200,"isBase64Encoded":"true"}""")]
    [InlineData("""{"statusCode":200,"body":"%%%","isBase64Encoded":true}""")]
    public void A_malformed_answer_is_an_internal_server_error(string payload)
    {
        Assert.Same(HttpApiResponse.InternalServerError, HttpApiResponse.FromPayload(Encoding.UTF8.GetBytes(payload)));
        Assert.Equal("""{"message":"Internal Server Error"}"""u8.ToArray(), HttpApiResponse.InternalServerError.Body.ToArray());
    }
}
