using Amazon.Runtime;

namespace Amazon.DynamoDBStreams.Model;

public class DescribeStreamResponse : AmazonWebServiceResponse
{
    public StreamDescription StreamDescription { get; set; }
}

public class StreamDescription
{
    public DateTime? CreationRequestDateTime { get; set; }

    public List<KeySchemaElement> KeySchema { get; set; } = AWSConfigs.InitializeCollections ? [] : null;

    public string LastEvaluatedShardId { get; set; }

    public List<Shard> Shards { get; set; } = AWSConfigs.InitializeCollections ? [] : null;

    public string StreamArn { get; set; }

    public string StreamLabel { get; set; }

    public StreamStatus StreamStatus { get; set; }

    public StreamViewType StreamViewType { get; set; }

    public string TableName { get; set; }
}

public class KeySchemaElement
{
    public string AttributeName { get; set; }

    public KeyType KeyType { get; set; }
}

public class Shard
{
    public string ParentShardId { get; set; }

    public SequenceNumberRange SequenceNumberRange { get; set; }

    public string ShardId { get; set; }
}

public class SequenceNumberRange
{
    public string EndingSequenceNumber { get; set; }

    public string StartingSequenceNumber { get; set; }
}

public class GetShardIteratorResponse : AmazonWebServiceResponse
{
    public string ShardIterator { get; set; }
}

public class GetRecordsResponse : AmazonWebServiceResponse
{
    public string NextShardIterator { get; set; }

    public List<Record> Records { get; set; } = AWSConfigs.InitializeCollections ? [] : null;
}

public class ListStreamsResponse : AmazonWebServiceResponse
{
    public string LastEvaluatedStreamArn { get; set; }

    public List<StreamSummary> Streams { get; set; } = AWSConfigs.InitializeCollections ? [] : null;
}

public class StreamSummary
{
    public string StreamArn { get; set; }

    public string StreamLabel { get; set; }

    public string TableName { get; set; }
}
