namespace LocalStack.Client.Exceptions;

public class LocalStackClientException : Exception
{
    protected LocalStackClientException(string message)
        : base(message) { }
}

/// <summary>The options of the session do not fit the requested kind of client.</summary>
public class MisconfiguredClientException(string message) : LocalStackClientException(message);

/// <summary>This session has no endpoint for the client's service.</summary>
public class NotSupportedClientException(string message) : LocalStackClientException(message);
