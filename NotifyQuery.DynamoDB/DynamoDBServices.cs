using Amazon.DynamoDBv2;
using LocalStack.Client.Enums;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NotifyQuery.DynamoDB.Http;

namespace NotifyQuery.DynamoDB;

/// <summary>What every process needs that reads or writes the tables.</summary>
public static class DynamoDBServices
{
    /// <summary>Adds <see cref="IAmazonDynamoDB"/>, the tables' names, and how long dead letters are kept.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">Where DynamoDB is.</param>
    /// <param name="retries">
    /// How often the SDK tries a refused or failed request again; null for its own ten times, with pauses that add up to more than a
    /// minute: too long where somebody waits. Neither LocalStack.Client nor <c>AWS_MAX_ATTEMPTS</c> has a say in it.
    /// </param>
    /// <exception cref="InvalidOperationException">
    /// A setting of the sections <c>Tables</c>, <c>DeadLetters</c> or <c>LocalStack</c> does not fit.
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
