using System.Globalization;
using System.Net;
using System.Text.Json;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Queries;
using NotifyQuery.Operations.Api;

namespace NotifyQuery.Operations.Reading;

/// <summary>Finds existing subjects for queries, by querying every status.</summary>
internal sealed class ReadSampleFinder(HttpClient http, TimeProvider time)
{
    private const int Days = 30;

    /// <summary>Finds subjects. If there are none, or the caller may see none, returns subjects that do not exist.</summary>
    /// <param name="way">The Handler's or the gateway's address.</param>
    /// <param name="token">The bearer token; null if access is not controlled.</param>
    /// <param name="cancellationToken">Stops between two requests.</param>
    /// <exception cref="ApiUnreachableException">There is no response.</exception>
    public async Task<ReadSample> FindAsync(Uri way, string? token, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var status in Enum.GetValues<NotificationStatus>())
        {
            var target = new Uri(
                way,
                QueryDefinition.Of(QueryKind.Status).TargetOf(status.ToName(), Day(now.AddDays(-Days)), Day(now.AddDays(1))) + "&limit=1"
            );
            if (await FirstItemAsync(way, target, token, cancellationToken).ConfigureAwait(false) is not { } item)
                continue;
            var nothing = ReadSample.Nothing(Day(now)).Subjects;
            return ReadSample.Of(
                name =>
                    Text(item, name) ?? nothing.GetValueOrDefault(QueryDefinition.All.First(definition => definition.Subject == name).Kind),
                Timestamp.DayOf(Text(item, AttributeNames.CreatedAt) ?? Timestamp.Format(now))
            );
        }

        return ReadSample.Nothing(Day(now));

        static string Day(DateTimeOffset moment) => moment.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

        static string? Text(JsonElement element, string name) =>
            element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
    }

    private async Task<JsonElement?> FirstItemAsync(Uri way, Uri target, string? token, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target);
        request.Authorize(token);
        try
        {
            using var response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode is not HttpStatusCode.OK)
                return null;
            using var page = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false));
            return page.RootElement.GetProperty("items").EnumerateArray().Select(item => (JsonElement?)item.Clone()).FirstOrDefault();
        }
        catch (HttpRequestException exception)
        {
            throw new ApiUnreachableException(way, exception);
        }
    }
}
