using Amazon.Lambda;
using Amazon.Lambda.Model;
using static Counterparts.Tests.Aws.FakeService;
using static Counterparts.Tests.Aws.LambdaClients;

namespace Counterparts.Tests.Aws;

/// <summary>Event source mappings, as the client lists and updates them.</summary>
public class EventSourceMappingClientTests
{
    [Fact]
    public async Task Event_source_mappings_are_listed_by_their_source_and_function_page_by_page()
    {
        await using var service = await FakeService.StartAsync(
            (_, number) =>
                new Answer(
                    200,
                    number == 1
                        ? """{"EventSourceMappings":[{"UUID":"id-1","EventSourceArn":"arn:s","FunctionArn":"arn:f","State":"Enabled","LastModified":1764439384.5,"LastProcessingResult":"OK","MaximumRecordAgeInSeconds":-1,"BatchSize":100}],"NextMarker":"m"}"""
                        : """{"EventSourceMappings":[]}"""
                )
        );
        using var lambda = Client(service);

        var first = await lambda.ListEventSourceMappingsAsync(
            new ListEventSourceMappingsRequest
            {
                EventSourceArn = "arn:aws:dynamodb:eu-west-1:1:table/c/stream/2026-01-02T03:04:05.678",
                FunctionName = "f",
                MaxItems = 10,
            },
            TestContext.Current.CancellationToken
        );
        var second = await lambda.ListEventSourceMappingsAsync(
            new ListEventSourceMappingsRequest { Marker = first.NextMarker },
            TestContext.Current.CancellationToken
        );

        var mapping = Assert.Single(first.EventSourceMappings);
        Assert.Equal(
            ("id-1", "arn:s", "arn:f", "Enabled", "OK", -1),
            (
                mapping.UUID,
                mapping.EventSourceArn,
                mapping.FunctionArn,
                mapping.State,
                mapping.LastProcessingResult,
                mapping.MaximumRecordAgeInSeconds
            )
        );
        Assert.Equal(new DateTime(2025, 11, 29, 18, 3, 4, 500, DateTimeKind.Utc), mapping.LastModified);
        Assert.Equal((0, null), (second.EventSourceMappings.Count, second.NextMarker));
        Assert.Equal(
            [
                "GET /2015-03-31/event-source-mappings?EventSourceArn=arn%3Aaws%3Adynamodb%3Aeu-west-1%3A1%3Atable%2Fc%2F"
                    + "stream%2F2026-01-02T03%3A04%3A05.678&FunctionName=f&MaxItems=10 ",
                "GET /2015-03-31/event-source-mappings?Marker=m ",
            ],
            service.Requests.Select(request => $"{request.Method} {request.Target} {request.Text}")
        );
    }

    [Theory]
    [InlineData(false, """{"Enabled":false}""", "Disabling")]
    [InlineData(true, """{"Enabled":true}""", "Enabling")]
    public async Task An_event_source_mapping_is_updated_in_what_is_set_alone(bool enabled, string body, string state)
    {
        await using var service = await FakeService.StartAsync((_, _) => new Answer(202, $$"""{"UUID":"id-1","State":"{{state}}"}"""));
        using var lambda = Client(service);

        var response = await lambda.UpdateEventSourceMappingAsync(
            new UpdateEventSourceMappingRequest { UUID = "id-1", Enabled = enabled },
            TestContext.Current.CancellationToken
        );

        Assert.Equal(("id-1", state), (response.UUID, response.State));
        var request = Assert.Single(service.Requests);
        Assert.Equal(
            ("PUT", "/2015-03-31/event-source-mappings/id-1", body, "application/json"),
            (request.Method, request.Target, request.Text, request.Headers["Content-Type"])
        );
        Assert.Contains("/eu-west-1/lambda/aws4_request", request.Headers["Authorization"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mapping_that_is_being_changed_is_refused_by_an_exception_of_its_own()
    {
        await using var service = await FakeService.StartAsync((_, _) => Answer.Error(400, "ResourceInUseException"));
        using var lambda = Client(service);

        await Assert.ThrowsAsync<ResourceInUseException>(() =>
            lambda.UpdateEventSourceMappingAsync(
                new UpdateEventSourceMappingRequest { UUID = "id-1", Enabled = true },
                TestContext.Current.CancellationToken
            )
        );
        await Assert.ThrowsAsync<AmazonLambdaException>(() =>
            lambda.UpdateEventSourceMappingAsync(new UpdateEventSourceMappingRequest(), TestContext.Current.CancellationToken)
        );
        Assert.Single(service.Requests);
    }
}
