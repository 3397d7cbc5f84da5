namespace LocalStack.Client.Exceptions;

public class LocalStackClientException : Exception
{
    protected LocalStackClientException(string message) : base(message)
    {
    }
}

/// <summary>The session's options do not go together with the way a client was asked for.</summary>
public class MisconfiguredClientException(string message) : LocalStackClientException(message);

/// <summary>The client's service is not one that this session knows an endpoint of.</summary>
public class NotSupportedClientException(string message) : LocalStackClientException(message);
