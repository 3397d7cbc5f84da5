using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace NotifyQuery.Lambdas.Query;

/// <summary>
/// How the Query function connects to the Handler: unencrypted inside the VPC, or with TLS if the address is <c>https</c>.
/// </summary>
internal static class HandlerConnection
{
    /// <summary>
    /// The certificates, as PEM, of the only trusted authorities for the Handler; if not set, the system's authorities are trusted. The
    /// certificate of an internal load balancer often comes from a private authority.
    /// </summary>
    public const string CertificateAuthority = "Handler:CertificateAuthority";

    /// <summary>Creates the HTTP handler of the connection.</summary>
    /// <param name="authorities">The setting <see cref="CertificateAuthority"/>.</param>
    /// <param name="address">The Handler's address.</param>
    /// <exception cref="InvalidOperationException">The setting contains no certificate, or would have no effect.</exception>
    public static SocketsHttpHandler Create(string? authorities, Uri address)
    {
        var connection = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = TimeSpan.FromSeconds(2),
            RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8, // as the Handler decodes them
        };
        if (string.IsNullOrWhiteSpace(authorities))
            return connection;
        if (address.Scheme != Uri.UriSchemeHttps)
        {
            throw new InvalidOperationException(
                $"{CertificateAuthority} is set, but Handler:BaseAddress is {address}: give an https address, or remove the certificates"
            );
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPem(authorities);
        }
        catch (CryptographicException exception)
        {
            throw NoCertificate(exception);
        }

        if (policy.CustomTrustStore.Count == 0)
            throw NoCertificate(null);
        connection.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        return connection;
    }

    private static InvalidOperationException NoCertificate(Exception? cause) =>
        new($"{CertificateAuthority} contains no certificate: give one or more in PEM format (-----BEGIN CERTIFICATE-----)", cause);
}
