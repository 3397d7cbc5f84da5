namespace Amazon.DynamoDBStreams.Model;

public class DescribeStreamRequest : AmazonDynamoDBStreamsRequest
{
    public string ExclusiveStartShardId { get; set; }

    public int? Limit { get; set; }

    public ShardFilter ShardFilter { get; set; }

    public string StreamArn { get; set; }
}

public class ShardFilter
{
    public string ShardId { get; set; }

    public ShardFilterType Type { get; set; }
}

public class GetShardIteratorRequest : AmazonDynamoDBStreamsRequest
{
    public string SequenceNumber { get; set; }

    public string ShardId { get; set; }

    public ShardIteratorType ShardIteratorType { get; set; }

    public string StreamArn { get; set; }
}

public class GetRecordsRequest : AmazonDynamoDBStreamsRequest
{
    public int? Limit { get; set; }

    public string ShardIterator { get; set; }
}

public class ListStreamsRequest : AmazonDynamoDBStreamsRequest
{
    public string ExclusiveStartStreamArn { get; set; }

    public int? Limit { get; set; }

    public string TableName { get; set; }
}
