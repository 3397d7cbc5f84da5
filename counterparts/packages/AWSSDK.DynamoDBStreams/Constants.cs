using Amazon.Runtime;

namespace Amazon.DynamoDBStreams;

public class KeyType(string value) : ConstantClass(value)
{
    public static readonly KeyType HASH = new("HASH");
    public static readonly KeyType RANGE = new("RANGE");

    public static KeyType FindValue(string value) => FindValue<KeyType>(value);

    public static implicit operator KeyType(string value) => FindValue(value);
}

public class OperationType(string value) : ConstantClass(value)
{
    public static readonly OperationType INSERT = new("INSERT");
    public static readonly OperationType MODIFY = new("MODIFY");
    public static readonly OperationType REMOVE = new("REMOVE");

    public static OperationType FindValue(string value) => FindValue<OperationType>(value);

    public static implicit operator OperationType(string value) => FindValue(value);
}

public class ShardFilterType(string value) : ConstantClass(value)
{
    public static readonly ShardFilterType CHILD_SHARDS = new("CHILD_SHARDS");

    public static ShardFilterType FindValue(string value) => FindValue<ShardFilterType>(value);

    public static implicit operator ShardFilterType(string value) => FindValue(value);
}

public class ShardIteratorType(string value) : ConstantClass(value)
{
    public static readonly ShardIteratorType AFTER_SEQUENCE_NUMBER = new("AFTER_SEQUENCE_NUMBER");
    public static readonly ShardIteratorType AT_SEQUENCE_NUMBER = new("AT_SEQUENCE_NUMBER");
    public static readonly ShardIteratorType LATEST = new("LATEST");
    public static readonly ShardIteratorType TRIM_HORIZON = new("TRIM_HORIZON");

    public static ShardIteratorType FindValue(string value) => FindValue<ShardIteratorType>(value);

    public static implicit operator ShardIteratorType(string value) => FindValue(value);
}

public class StreamStatus(string value) : ConstantClass(value)
{
    public static readonly StreamStatus DISABLED = new("DISABLED");
    public static readonly StreamStatus DISABLING = new("DISABLING");
    public static readonly StreamStatus ENABLED = new("ENABLED");
    public static readonly StreamStatus ENABLING = new("ENABLING");

    public static StreamStatus FindValue(string value) => FindValue<StreamStatus>(value);

    public static implicit operator StreamStatus(string value) => FindValue(value);
}

public class StreamViewType(string value) : ConstantClass(value)
{
    public static readonly StreamViewType KEYS_ONLY = new("KEYS_ONLY");
    public static readonly StreamViewType NEW_AND_OLD_IMAGES = new("NEW_AND_OLD_IMAGES");
    public static readonly StreamViewType NEW_IMAGE = new("NEW_IMAGE");
    public static readonly StreamViewType OLD_IMAGE = new("OLD_IMAGE");

    public static StreamViewType FindValue(string value) => FindValue<StreamViewType>(value);

    public static implicit operator StreamViewType(string value) => FindValue(value);
}
