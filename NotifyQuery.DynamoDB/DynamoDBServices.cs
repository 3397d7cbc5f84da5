using Amazon.DynamoDBv2;
using LocalStack.Client.Enums;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NotifyQuery.DynamoDB.Http;

namespace NotifyQuery.DynamoDB;

/// <summary>The services that every process needs to read or write the tables.</summary>
public static class DynamoDBServices
{
    /// <summary>Adds <see cref="IAmazonDynamoDB"/>, the table names and the retention of dead letters.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">The configuration, including the DynamoDB endpoint.</param>
    /// <param name="retries">
    /// The number of SDK retries of a refused or failed request; null for the SDK's default of ten. The pauses of ten retries add up to
    /// more than a minute, which is too long when a caller waits. Neither LocalStack.Client nor <c>AWS_MAX_ATTEMPTS</c> changes this value.
    /// </param>
    /// <exception cref="InvalidOperationException">
    /// A setting in the sections <c>Tables</c>, <c>DeadLetters</c> or <c>LocalStack</c> is invalid.
    /// </exception>
    public static IServiceCollection AddDynamoDB(this IServiceCollection services, IConfiguration configuration, int? retries = null) =>
        services
            .AddSingleton(TableNames.From(key => configuration[key]))
            .AddSingleton(DeadLetterRetention.From(key => configuration[key]))
            .AddAwsClient<IAmazonDynamoDB, AmazonDynamoDBConfig>(
                configuration,
                AwsService.DynamoDb,
                () => Configure(retries),
                (credentials, config) =>
                    credentials is null ? new AmazonDynamoDBClient(config) : new AmazonDynamoDBClient(credentials, config)
            );

    private static AmazonDynamoDBConfig Configure(int? retries)
    {
        var config = new AmazonDynamoDBConfig();
        if (retries is { } number)
            config.MaxErrorRetry = number;
        return config.ReadingAnyText();
    }
}
