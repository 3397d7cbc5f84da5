using Amazon.DynamoDBv2;
using NotifyQuery.DynamoDB.Http;

namespace NotifyQuery.Tests.Support;

public sealed partial class DynamoDbLocal
{
    static partial void Configure(AmazonDynamoDBConfig config) => config.ReadingAnyText();
}
