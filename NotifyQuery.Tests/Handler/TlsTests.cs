using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;
using NotifyQuery.Lambdas.Query;

namespace NotifyQuery.Tests.Handler;

/// <summary>TLS from the Query function up to the Handler, with certificates of a private authority.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("notifyquery-tls-");
    private readonly Authority authority = new("CN=Ours");
    private readonly Counting reader = new();

    public void Dispose()
    {
        authority.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_request_is_answered_where_the_authority_is_trusted_and_the_name_is_the_certificates()
    {
        using var handler = Serve("localhost");

        Assert.Equal(200, await StatusAsync(handler, "localhost", authority.Pem));
        Assert.Equal(1, reader.Reads);
    }

    [Fact]
    public async Task Another_authoritys_certificate_another_name_and_one_that_ended_are_refused_and_nothing_is_sent()
    {
        using var another = new Authority("CN=Another");
        using (var handler = Serve("localhost"))
        {
            Assert.Equal(502, await StatusAsync(handler, "localhost", another.Pem));
            Assert.Equal(502, await StatusAsync(handler, "localhost", null)); // the system does not know ours
            Assert.Equal(502, await StatusAsync(handler, "127.0.0.1", authority.Pem)); // not the certificate's name
        }

        using var late = Serve("localhost", ended: true);
        Assert.Equal(502, await StatusAsync(late, "localhost", authority.Pem));
        Assert.Equal(0, reader.Reads);
    }

    [Fact]
    public async Task Several_authorities_may_vouch_as_while_one_is_replaced()
    {
        using var next = new Authority("CN=Next");
        using var handler = Serve("localhost");

        Assert.Equal(200, await StatusAsync(handler, "localhost", $"{next.Pem}\n{authority.Pem}"));
    }

    [Theory]
    [InlineData("nonsense", "https://handler.example.com", "contains no certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "https://handler.example.com", "contains no certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----", "http://handler.example.com", "give an https address")]
    public void Settings_that_trust_nobody_keep_the_function_from_starting(string authorities, string address, string problem)
    {
        var exception = Assert.Throws<InvalidOperationException>(() => HandlerConnection.Create(authorities, new(address)));

        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
    }

    private static async Task<int> StatusAsync(HandlerServer handler, string host, string? authorities)
    {
        var address = new UriBuilder(handler.Address) { Host = host }.Uri;
        using var client = new HttpClient(HandlerConnection.Create(authorities, address)) { BaseAddress = address };
        var answer = await new QueryFunction(client, NullLogger<QueryFunction>.Instance).HandleAsync(
            new()
            {
                Version = "2.0",
                RawPath = "/query/campaign",
                RawQueryString = "campaign_id=spring-sale",
                RequestContext = new() { Http = new() { Method = "GET" } },
            },
            null!
        );
        if (answer.StatusCode == 502)
            Assert.Contains("its certificate is not trusted", answer.Body, StringComparison.Ordinal);
        return answer.StatusCode;
    }

    /// <summary>A Handler that ends TLS, as the manifests' option has it.</summary>
    private HandlerServer Serve(string name, bool ended = false)
    {
        var (certificate, key) = authority.Issue(name, ended);
        File.WriteAllText(Path.Combine(folder.FullName, "tls.crt"), certificate);
        File.WriteAllText(Path.Combine(folder.FullName, "tls.key"), key);
        return new(
            reader: reader,
            settings:
            [
                ("Access:Required", "false"),
                ("urls", "https://127.0.0.1:0"),
                ("Kestrel:Certificates:Default:Path", Path.Combine(folder.FullName, "tls.crt")),
                ("Kestrel:Certificates:Default:KeyPath", Path.Combine(folder.FullName, "tls.key")),
            ]
        );
    }

    private sealed class Counting : INotificationReader
    {
        private int reads;

        public int Reads => Volatile.Read(ref reads);

        public Task<NotificationPage> ReadAsync(NotificationQuery query, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref reads);
            return Task.FromResult(new NotificationPage([]));
        }
    }

    private sealed class Authority : IDisposable
    {
        private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private readonly X509Certificate2 root;

        public Authority(string name)
        {
            var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
            root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-30), DateTimeOffset.UtcNow.AddDays(30));
        }

        public string Pem => root.ExportCertificatePem();

        public (string Certificate, string Key) Issue(string name, bool ended)
        {
            using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest($"CN={name}", own, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(name);
            request.CertificateExtensions.Add(names.Build());
            var now = DateTimeOffset.UtcNow;
            using var certificate = request.Create(
                root,
                now.AddDays(-20),
                ended ? now.AddDays(-1) : now.AddDays(20),
                RandomNumberGenerator.GetBytes(8)
            );
            return (certificate.ExportCertificatePem(), own.ExportPkcs8PrivateKeyPem());
        }

        public void Dispose()
        {
            root.Dispose();
            key.Dispose();
        }
    }
}
