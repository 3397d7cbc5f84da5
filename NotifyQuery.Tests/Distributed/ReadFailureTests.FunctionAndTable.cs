namespace NotifyQuery.Tests.Distributed;

/// <summary>The rows of the QueryResult function and of the table.</summary>
public sealed partial class ReadFailureTests
{
    [Theory]
    [InlineData("nothing listens", 503, Unavailable)]
    [InlineData("hangs up", 503, Unavailable)]
    [InlineData("throttles", 503, Unavailable)]
    [InlineData("is broken", 503, Unavailable)]
    [InlineData("died", 503, Unavailable)]
    [InlineData("no such function", 503, Unavailable)]
    [InlineData("is silent", 504, Late)]
    [InlineData("ran out of time", 504, Late)]
    [InlineData("reports that the table is slow", 504, Late)]
    [InlineData("reports that the table is away", 503, Unavailable)]
    [InlineData("threw", 502, Nonsense)]
    [InlineData("answers too much", 502, Nonsense)]
    [InlineData("answers no JSON", 502, Nonsense)]
    [InlineData("answers null", 502, Nonsense)]
    [InlineData("answers another JSON", 502, Nonsense)]
    [InlineData("answers a page of nothing", 502, Nonsense)]
    [InlineData("answers a page and a failure", 502, Nonsense)]
    public Task When_the_QueryResult_function(string what, int status, string detail) =>
        CallerSeesAsync(
            faulty.Lambda,
            status,
            detail,
            hop =>
            {
                switch (what)
                {
                    case "nothing listens":
                        hop.GoAway();
                        break;
                    case "hangs up":
                        hop.Answer("");
                        break;
                    case "throttles":
                        hop.Answer(
                            429,
                            """{"__type":"TooManyRequestsException","message":"Rate Exceeded."}""",
                            "x-amzn-ErrorType: TooManyRequestsException\r\n"
                        );
                        break;
                    case "is broken":
                        hop.Answer(500, """{"__type":"ServiceException"}""", "x-amzn-ErrorType: ServiceException\r\n");
                        break;
                    case "no such function":
                        hop.Answer(404, """{"__type":"ResourceNotFoundException"}""", "x-amzn-ErrorType: ResourceNotFoundException\r\n");
                        break;
                    case "died":
                        Fail("Runtime.ExitError");
                        break;
                    case "is silent":
                        hop.BeSilent();
                        break;
                    case "ran out of time":
                        Fail("Sandbox.Timedout");
                        break;
                    case "threw":
                        Fail("InvalidOperationException");
                        break;
                    case "answers too much":
                        Fail("Function.ResponseSizeTooLarge");
                        break;
                    case "reports that the table is slow":
                        hop.Answer(200, """{"failure":{"reason":"Timeout","message":"slow"}}""");
                        break;
                    case "reports that the table is away":
                        hop.Answer(200, """{"failure":{"reason":"Unavailable","message":"away"}}""");
                        break;
                    case "answers no JSON":
                        hop.Answer(200, "<html>");
                        break;
                    case "answers null":
                        hop.Answer(200, "null");
                        break;
                    case "answers another JSON":
                        hop.Answer(200, """{"items":[]}""");
                        break;
                    case "answers a page of nothing":
                        hop.Answer(200, """{"page":{"items":[null]}}""");
                        break;
                    case "answers a page and a failure":
                        hop.Answer(200, """{"page":{"items":[]},"failure":{"reason":"Timeout","message":"slow"}}""");
                        break;
                    default:
                        throw new ArgumentOutOfRangeException(nameof(what), what, "is no fault");
                }

                void Fail(string errorType) =>
                    hop.Answer(
                        200,
                        $$"""{"errorType":"{{errorType}}","errorMessage":"made by a test"}""",
                        "X-Amz-Function-Error: Unhandled\r\n"
                    );
            }
        );

    [Theory]
    [InlineData("nothing listens", 503, Unavailable)]
    [InlineData("hangs up", 503, Unavailable)]
    [InlineData("throttles", 503, Unavailable)]
    [InlineData("is broken", 503, Unavailable)]
    [InlineData("is silent", 504, Late)]
    [InlineData("has no such table", 502, Nonsense)]
    [InlineData("answers no JSON", 502, Nonsense)]
    [InlineData("answers an item that is none", 502, Nonsense)]
    public Task When_the_table(string what, int status, string detail) =>
        CallerSeesAsync(
            faulty.Table,
            status,
            detail,
            hop =>
            {
                switch (what)
                {
                    case "nothing listens":
                        hop.GoAway();
                        break;
                    case "hangs up":
                        hop.Answer("");
                        break;
                    case "throttles":
                        hop.Answer(
                            400,
                            """{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"made """
                                + """by a test"}"""
                        );
                        break;
                    case "is broken":
                        hop.Answer(500, """{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"made by a test"}""");
                        break;
                    case "is silent":
                        hop.BeSilent();
                        break;
                    case "has no such table":
                        hop.Answer(
                            400,
                            """{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"made by a test"}"""
                        );
                        break;
                    case "answers no JSON":
                        hop.Answer(200, "<html>");
                        break;
                    case "answers an item that is none":
                        hop.Answer(200, """{"Items":[{"user_id":{"S":"zaphod"}}],"Count":1,"ScannedCount":1}""");
                        break;
                    default:
                        throw new ArgumentOutOfRangeException(nameof(what), what, "is no fault");
                }
            }
        );
}
