using System.Net.Http.Headers;

namespace NotifyQuery.Operations.Api;

/// <summary>A token would be sent over the network in clear text.</summary>
/// <param name="address">The destination.</param>
public sealed class UnprotectedTokenException(Uri address)
    : Exception(
        $"the token is not sent to {address.GetLeftPart(UriPartial.Authority)}: anyone on the network could read it. Use https, or an "
            + $"address of this machine"
    );

/// <summary>The only place that adds the token to a request.</summary>
public static class BearerToken
{
    /// <summary>Adds the token, if there is one.</summary>
    /// <param name="request">The request.</param>
    /// <param name="token">The token; null if access is not controlled.</param>
    /// <exception cref="UnprotectedTokenException">The address is neither https nor on this machine.</exception>
    public static void Authorize(this HttpRequestMessage request, string? token)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (token is null)
            return;
        var address = request.RequestUri ?? throw new ArgumentException("the request has no address", nameof(request));
        if (address.Scheme != Uri.UriSchemeHttps && !address.IsLoopback)
            throw new UnprotectedTokenException(address);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }
}
