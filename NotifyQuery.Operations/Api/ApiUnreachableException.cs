namespace NotifyQuery.Operations.Api;

/// <summary>
/// The Handler or the gateway is unreachable. A separate type, because the SDK throws the transport's exceptions unchanged.
/// </summary>
/// <param name="address">The address.</param>
/// <param name="cause">The transport's exception.</param>
public sealed class ApiUnreachableException(Uri address, HttpRequestException cause)
    : Exception($"no response from {address}: {cause.Message}", cause)
{
    /// <summary>The address.</summary>
    public Uri Address { get; } = address;
}
