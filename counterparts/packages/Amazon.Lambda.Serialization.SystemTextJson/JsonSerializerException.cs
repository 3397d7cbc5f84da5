namespace Amazon.Lambda.Serialization.SystemTextJson;

/// <summary>An event could not be read, or a response could not be written, as JSON.</summary>
#pragma warning disable CA1032 // the package has no constructor without a message either
public class JsonSerializerException : Exception
{
    public JsonSerializerException(string message)
        : base(message) { }

    public JsonSerializerException(string message, Exception exception)
        : base(message, exception) { }
}
