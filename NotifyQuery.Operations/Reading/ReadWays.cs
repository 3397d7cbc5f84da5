using System.Net;
using Amazon.DynamoDBv2;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Api;
using NotifyQuery.Operations.Measuring;

namespace NotifyQuery.Operations.Reading;

/// <summary>The paths on which a query can be sent, each ready to be timed.</summary>
public static class ReadWays
{
    /// <summary>Through the gateway.</summary>
    public const string Gateway = "gateway";

    /// <summary>Directly to the Handler.</summary>
    public const string Handler = "handler";

    /// <summary>A Query of the SDK, without the read side.</summary>
    public const string Direct = "direct";

    /// <summary>Sends the query over HTTP. Every status other than 200 is a failure.</summary>
    /// <param name="name">The name of the path.</param>
    /// <param name="http">The client.</param>
    /// <param name="address">The Handler's or the gateway's address.</param>
    /// <param name="question">The query.</param>
    /// <param name="token">The bearer token; null if access is not controlled.</param>
    /// <exception cref="ApiUnreachableException">There is no response, or the response is no page.</exception>
    public static TimedWay OverHttp(string name, HttpClient http, Uri address, ReadQuestion question, string? token = null)
    {
        var target = new Uri(address, question.Target);
        return new(
            name,
            async cancellationToken =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, target);
                request.Authorize(token);
                try
                {
                    using var response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
                    if (response.StatusCode is not HttpStatusCode.OK)
                        throw new HttpRequestException($"GET {question.Target} returned {(int)response.StatusCode}");
                }
                catch (HttpRequestException exception)
                {
                    throw new ApiUnreachableException(address, exception);
                }
            }
        );
    }

    /// <summary>Queries the table directly, all keys of the page in parallel.</summary>
    public static TimedWay OfTable(IAmazonDynamoDB client, TableNames tables, ReadQuestion question)
    {
        var requests = question.Requests(tables);
        return new(Direct, cancellationToken => Task.WhenAll(requests.Select(request => client.QueryAsync(request, cancellationToken))));
    }
}
