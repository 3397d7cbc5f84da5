namespace NotifyQuery.Operations.Api;

/// <summary>The Handler or the gateway gives no answer. Its own type, because the SDK lets the transport's exceptions through as they are.</summary>
/// <param name="address">Where it was asked.</param>
/// <param name="cause">What went wrong.</param>
public sealed class ApiUnreachableException(Uri address, HttpRequestException cause) : Exception($"no answer from {address}: {cause.Message}", cause)
{
    /// <summary>Where it was asked.</summary>
    public Uri Address { get; } = address;
}
