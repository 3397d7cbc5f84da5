using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Aspire.Dashboard.Api;

/// <summary>Reads the parameters of a request; what makes no sense is as if it were not there.</summary>
internal static class Query
{
    public static string? Text(this HttpRequest request, string name) => request.Query[name].ToString() is { Length: > 0 } text ? text : null;

    public static int Limit(this HttpRequest request, int otherwise, int most) =>
        int.TryParse(request.Query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? Math.Clamp(limit, 1, most) : otherwise;

    public static long? Before(this HttpRequest request) =>
        long.TryParse(request.Query["before"], NumberStyles.None, CultureInfo.InvariantCulture, out var before) ? before : null;

    public static double? Number(this HttpRequest request, string name) =>
        double.TryParse(request.Query[name], NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    public static bool Contains(this string text, string? part) => part is null || text.Contains(part, StringComparison.OrdinalIgnoreCase);
}
