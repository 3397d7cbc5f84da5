using LocalStack.Client.Contracts;
using LocalStack.Client.Enums;
using LocalStack.Client.Models;
using LocalStack.Client.Options;

namespace LocalStack.Client;

/// <summary>The address of each service: all on the edge port, or each on a port of its own as in old LocalStack versions.</summary>
public class Config : IConfig
{
    private readonly IConfigOptions configOptions;
    private readonly AwsServiceEndpoint[] endpoints;

    public Config()
        : this(new ConfigOptions()) { }

    public Config(IConfigOptions configOptions)
    {
        ArgumentNullException.ThrowIfNull(configOptions);
        this.configOptions = configOptions;
        endpoints =
        [
            Endpoint("DynamoDB", "dynamodb", AwsService.DynamoDb, legacyPort: 4569),
            Endpoint("DynamoDB Streams", "dynamodbstreams", AwsService.DynamoDbStreams, legacyPort: 4570),
            Endpoint("Lambda", "lambda", AwsService.Lambda, legacyPort: 4574),
        ];
    }

    public IEnumerable<AwsServiceEndpoint> GetAwsServiceEndpoints() => endpoints;

    public AwsServiceEndpoint? GetAwsServiceEndpoint(AwsService awsService) =>
        Array.Find(endpoints, endpoint => endpoint.AwsService == awsService);

    public AwsServiceEndpoint? GetAwsServiceEndpoint(string serviceId) =>
        Array.Find(endpoints, endpoint => endpoint.ServiceId == serviceId);

    public IDictionary<AwsService, int> GetAwsServicePorts() =>
        endpoints.ToDictionary(endpoint => endpoint.AwsService, endpoint => endpoint.Port);

    public int GetAwsServicePort(AwsService awsService) => endpoints.First(endpoint => endpoint.AwsService == awsService).Port;

    public IConfigOptions GetConfigOptions() => configOptions;

    private AwsServiceEndpoint Endpoint(string serviceId, string cliName, AwsService service, int legacyPort)
    {
        var port = configOptions.UseLegacyPorts ? legacyPort : configOptions.EdgePort;
        var url = new UriBuilder(configOptions.UseSsl ? Uri.UriSchemeHttps : Uri.UriSchemeHttp, configOptions.LocalStackHost, port).Uri;
        return new AwsServiceEndpoint(serviceId, cliName, service, port, configOptions.LocalStackHost, url);
    }
}
