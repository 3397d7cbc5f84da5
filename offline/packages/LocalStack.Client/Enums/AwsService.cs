namespace LocalStack.Client.Enums;

public enum AwsService
{
    DynamoDb,
    DynamoDbStreams,
    Lambda,
}
