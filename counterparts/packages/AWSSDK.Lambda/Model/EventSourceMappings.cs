using Amazon.Runtime;

namespace Amazon.Lambda.Model;

public class ListEventSourceMappingsRequest : AmazonLambdaRequest
{
    public string EventSourceArn { get; set; }

    public string FunctionName { get; set; }

    public string Marker { get; set; }

    public int? MaxItems { get; set; }
}

public class ListEventSourceMappingsResponse : AmazonWebServiceResponse
{
    public List<EventSourceMappingConfiguration> EventSourceMappings { get; set; }

    public string NextMarker { get; set; }
}

public class EventSourceMappingConfiguration
{
    public string EventSourceArn { get; set; }

    public string FunctionArn { get; set; }

    public DateTime? LastModified { get; set; }

    public string LastProcessingResult { get; set; }

    public int? MaximumRecordAgeInSeconds { get; set; }

    public string State { get; set; }

    public string UUID { get; set; }
}

public class UpdateEventSourceMappingRequest : AmazonLambdaRequest
{
    public bool? Enabled { get; set; }

    public string UUID { get; set; }
}

public class UpdateEventSourceMappingResponse : AmazonWebServiceResponse
{
    public string State { get; set; }

    public string UUID { get; set; }
}
