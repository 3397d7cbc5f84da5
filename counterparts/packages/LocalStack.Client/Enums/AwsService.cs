namespace LocalStack.Client.Enums;

public enum AwsService
{
    DynamoDb = 3,
    DynamoDbStreams,
    Lambda = 9,
}
