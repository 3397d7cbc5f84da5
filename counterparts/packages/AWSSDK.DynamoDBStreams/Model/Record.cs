namespace Amazon.DynamoDBStreams.Model;

public class Record
{
    public string AwsRegion { get; set; }

    public StreamRecord Dynamodb { get; set; }

    public string EventID { get; set; }

    public OperationType EventName { get; set; }

    public string EventSource { get; set; }

    public string EventVersion { get; set; }

    public Identity UserIdentity { get; set; }
}

public class Identity
{
    public string PrincipalId { get; set; }

    public string Type { get; set; }
}

public class StreamRecord
{
    public DateTime? ApproximateCreationDateTime { get; set; }

    public Dictionary<string, AttributeValue> Keys { get; set; } = AWSConfigs.InitializeCollections ? [] : null;

    public Dictionary<string, AttributeValue> NewImage { get; set; } = AWSConfigs.InitializeCollections ? [] : null;

    public Dictionary<string, AttributeValue> OldImage { get; set; } = AWSConfigs.InitializeCollections ? [] : null;

    public string SequenceNumber { get; set; }

    public long? SizeBytes { get; set; }

    public StreamViewType StreamViewType { get; set; }
}

public class AttributeValue
{
    public MemoryStream B { get; set; }

    public bool? BOOL { get; set; }

    public List<MemoryStream> BS { get; set; } = AWSConfigs.InitializeCollections ? [] : null;

    public List<AttributeValue> L { get; set; } = AWSConfigs.InitializeCollections ? [] : null;

    public Dictionary<string, AttributeValue> M { get; set; } = AWSConfigs.InitializeCollections ? [] : null;

    public string N { get; set; }

    public List<string> NS { get; set; } = AWSConfigs.InitializeCollections ? [] : null;

    public bool? NULL { get; set; }

    public string S { get; set; }

    public List<string> SS { get; set; } = AWSConfigs.InitializeCollections ? [] : null;
}
