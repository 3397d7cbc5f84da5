using Amazon.Runtime;

namespace Amazon.DynamoDBStreams;

public class AmazonDynamoDBStreamsRequest : AmazonWebServiceRequest;
