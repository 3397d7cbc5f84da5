using System.Net;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;
using Amazon.Runtime.Internal.Auth;
using Microsoft.Extensions.Time.Testing;
using NotifyQuery.Operations.Watching;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Watching;

public sealed class CloudWatchTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 8, 15, 30, TimeSpan.Zero);

    private static readonly CloudWatchMetric[] Requested =
    [
        new("AWS/Lambda", "Duration", "p99", ("FunctionName", "notifyquery-Query")),
        new("AWS/Lambda", "Errors", "Sum", ("FunctionName", "notifyquery-Query")),
    ];

    private HttpRequestMessage? sent;
    private string body = "";

    [Fact]
    public async Task The_newest_value_is_taken_and_a_metric_without_one_has_none()
    {
        var values = await Create(
                HttpStatusCode.OK,
                """
                <GetMetricDataResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><GetMetricDataResult><MetricDataResults>
                  <member><Id>m1</Id><Label>Errors</Label><Timestamps></Timestamps><Values></Values><StatusCode>Complete</StatusCode></member>
                  <member><Id>m0</Id><Label>Duration</Label><Timestamps><member>2026-11-22T08:14:00Z</member><member>2026-11-22T08:13:00Z</member></Timestamps>
                    <Values><member>12.5</member><member>99</member></Values><StatusCode>Complete</StatusCode></member>
                </MetricDataResults></GetMetricDataResult></GetMetricDataResponse>
                """
            )
            .NewestAsync(Requested, TestContext.Current.CancellationToken);

        Assert.Equal([12.5, null], values);
        Assert.Contains("StartTime=2026-11-22T08%3A05%3A00Z&EndTime=2026-11-22T08%3A15%3A00Z", body, StringComparison.Ordinal);
        Assert.Contains(
            "MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Value=notifyquery-Query",
            body,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_refusal_is_reported_with_its_own_message()
    {
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() =>
            Create(
                    HttpStatusCode.Forbidden,
                    "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to perform: "
                        + "cloudwatch:GetMetricData</Message></Error></ErrorResponse>"
                )
                .NewestAsync(Requested, TestContext.Current.CancellationToken)
        );
        var odd = await Assert.ThrowsAsync<HttpRequestException>(() =>
            Create(HttpStatusCode.BadGateway, "Bad Gateway").NewestAsync(Requested, TestContext.Current.CancellationToken)
        );

        Assert.Equal("CloudWatch returned 403: AccessDenied not authorized to perform: cloudwatch:GetMetricData", refused.Message);
        Assert.Equal("CloudWatch returned 502 without XML", odd.Message);
    }

    [Fact]
    public async Task Requests_are_signed_as_the_SDK_signs_them()
    {
        await Create(HttpStatusCode.OK, "<GetMetricDataResponse/>").NewestAsync(Requested, TestContext.Current.CancellationToken);

        const string Signed = "content-type;host;x-amz-date;x-amz-security-token";
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
        var canonical =
            $"POST\n/\n\ncontent-type:application/x-www-form-urlencoded; "
            + $"charset=utf-8\nhost:monitoring.eu-west-1.amazonaws.com\nx-amz-date:20261122T081530Z\n"
            + $"x-amz-security-token:token\n\n{Signed}\n{hash}";
        var expected = AWS4Signer.ComputeSignature("key", "secret", "eu-west-1", Now.UtcDateTime, "monitoring", Signed, canonical);
        Assert.Equal(
            $"AWS4-HMAC-SHA256 Credential=key/20261122/eu-west-1/monitoring/aws4_request, SignedHeaders={Signed}, "
                + $"Signature={expected.Signature}",
            sent!.Headers.GetValues("Authorization").Single()
        );
        Assert.Equal("token", sent.Headers.GetValues("x-amz-security-token").Single());
        Assert.Equal("20261122T081530Z", sent.Headers.GetValues("x-amz-date").Single());
    }

    private CloudWatch Create(HttpStatusCode status, string answer) =>
        new(
            new HttpClient(
                new Canned(async request =>
                {
                    (sent, body) = (request, await request.Content!.ReadAsStringAsync());
                    return new(status) { Content = new StringContent(answer) };
                })
            ),
            new("https://monitoring.eu-west-1.amazonaws.com/"),
            "eu-west-1",
            new SessionAWSCredentials("key", "secret", "token"),
            Time()
        );

    private static FakeTimeProvider Time()
    {
        var time = FakeTime.New();
        time.Advance(Now - time.GetUtcNow());
        return time;
    }

    private sealed class Canned(Func<HttpRequestMessage, Task<HttpResponseMessage>> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            answer(request);
    }
}
