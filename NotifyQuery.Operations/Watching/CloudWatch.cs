using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Amazon.Runtime;

namespace NotifyQuery.Operations.Watching;

/// <summary>A metric of CloudWatch, and the statistic that is read for each minute.</summary>
/// <param name="Namespace">E.g. <c>AWS/Lambda</c>.</param>
/// <param name="Name">E.g. <c>Duration</c>.</param>
/// <param name="Statistic">E.g. <c>Sum</c> or <c>p99</c>.</param>
/// <param name="Dimensions">Names and values.</param>
internal sealed record CloudWatchMetric(string Namespace, string Name, string Statistic, params (string Name, string Value)[] Dimensions);

/// <summary>
/// Reads the newest values of metrics from CloudWatch: the operation GetMetricData, in the query protocol that every endpoint of CloudWatch
/// supports, signed with Signature Version 4. One operation does not justify a package that some feeds lack. Source:
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html and
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
/// </summary>
/// <param name="http">The client.</param>
/// <param name="endpoint">CloudWatch's address.</param>
/// <param name="region">The region in the signature of the requests.</param>
/// <param name="credentials">The caller's credentials.</param>
/// <param name="time">The clock.</param>
internal sealed class CloudWatch(HttpClient http, Uri endpoint, string region, AWSCredentials credentials, TimeProvider time)
{
    /// <summary>How far back values are requested: a metric arrives some minutes late.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private const int PeriodSeconds = 60;
    private const string Service = "monitoring";
    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>The value of the last complete minute that CloudWatch has; null if there is none within the window.</summary>
    /// <exception cref="HttpRequestException">CloudWatch refused the request, with its reason, or was unreachable.</exception>
    public async Task<IReadOnlyList<double?>> NewestAsync(IReadOnlyList<CloudWatchMetric> metrics, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var end = now.AddTicks(-(now.Ticks % (PeriodSeconds * TimeSpan.TicksPerSecond)));
        var answer = await SendAsync(Body(metrics, end - Window, end), now, cancellationToken).ConfigureAwait(false);
        var values = new double?[metrics.Count];
        foreach (var result in Named(answer, "MetricDataResults").Elements().Where(element => element.Name.LocalName == "member"))
        {
            // CloudWatch returns the newest value first.
            if (Named(result, "Values").FirstOrDefault()?.Elements().FirstOrDefault() is not { } newest)
                continue;
            var index = int.Parse(Named(result, "Id").First().Value[1..], CultureInfo.InvariantCulture);
            values[index] = double.Parse(newest.Value, CultureInfo.InvariantCulture);
        }

        return values;
    }

    private static string Body(IReadOnlyList<CloudWatchMetric> metrics, DateTimeOffset start, DateTimeOffset end)
    {
        var body = new StringBuilder();
        Add("Action", "GetMetricData");
        Add("Version", "2010-08-01");
        Add("StartTime", Moment(start));
        Add("EndTime", Moment(end));
        Add("ScanBy", "TimestampDescending");
        for (var i = 0; i < metrics.Count; i++)
        {
            var (query, metric) = (string.Create(CultureInfo.InvariantCulture, $"MetricDataQueries.member.{i + 1}."), metrics[i]);
            Add(query + "Id", string.Create(CultureInfo.InvariantCulture, $"m{i}"));
            Add(query + "MetricStat.Metric.Namespace", metric.Namespace);
            Add(query + "MetricStat.Metric.MetricName", metric.Name);
            for (var d = 0; d < metric.Dimensions.Length; d++)
            {
                var dimension = string.Create(CultureInfo.InvariantCulture, $"{query}MetricStat.Metric.Dimensions.member.{d + 1}.");
                Add(dimension + "Name", metric.Dimensions[d].Name);
                Add(dimension + "Value", metric.Dimensions[d].Value);
            }

            Add(query + "MetricStat.Period", PeriodSeconds.ToString(CultureInfo.InvariantCulture));
            Add(query + "MetricStat.Stat", metric.Statistic);
        }

        return body.ToString();

        void Add(string name, string value) =>
            body.Append(body.Length == 0 ? "" : "&").Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(value));
    }

    private async Task<XElement> SendAsync(string body, DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/x-www-form-urlencoded"),
        };
        await SignAsync(request, body, now).ConfigureAwait(false);
        using var response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        XElement answer;
        try
        {
            answer = XElement.Parse(text);
        }
        catch (System.Xml.XmlException exception)
        {
            throw new HttpRequestException($"CloudWatch returned {(int)response.StatusCode} without XML", exception, response.StatusCode);
        }

        if (response.IsSuccessStatusCode)
            return answer;
        var (code, message) = (Named(answer, "Code").FirstOrDefault()?.Value, Named(answer, "Message").FirstOrDefault()?.Value);
        throw new HttpRequestException(
            $"CloudWatch returned {(int)response.StatusCode}: {code} {message}".TrimEnd(),
            null,
            response.StatusCode
        );
    }

    private async Task SignAsync(HttpRequestMessage request, string body, DateTimeOffset now)
    {
        var caller = await credentials.GetCredentialsAsync().ConfigureAwait(false);
        var moment = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var day = moment[..8];
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["content-type"] = request.Content!.Headers.ContentType!.ToString(),
            ["host"] = endpoint.Authority,
            ["x-amz-date"] = moment,
        };
        if (caller.UseToken)
            headers["x-amz-security-token"] = caller.Token;
        var signed = string.Join(';', headers.Keys);
        var lines = string.Concat(headers.Select(header => $"{header.Key}:{header.Value}\n"));
        var canonical = $"POST\n{endpoint.AbsolutePath}\n\n{lines}\n{signed}\n{Hash(body)}";
        var scope = $"{day}/{region}/{Service}/aws4_request";
        var key = ((string[])[day, region, Service, "aws4_request"]).Aggregate(Encoding.UTF8.GetBytes("AWS4" + caller.SecretKey), Hmac);
        var signature = Convert.ToHexStringLower(Hmac(key, $"{Algorithm}\n{moment}\n{scope}\n{Hash(canonical)}"));
        request.Headers.TryAddWithoutValidation("x-amz-date", moment);
        if (caller.UseToken)
            request.Headers.TryAddWithoutValidation("x-amz-security-token", caller.Token);
        request.Headers.TryAddWithoutValidation(
            "Authorization",
            $"{Algorithm} Credential={caller.AccessKey}/{scope}, SignedHeaders={signed}, Signature={signature}"
        );
    }

    private static IEnumerable<XElement> Named(XElement within, string name) =>
        within.Descendants().Where(element => element.Name.LocalName == name);

    private static string Moment(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
