using System.Globalization;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.Operations.Reading;

/// <summary>Existing subjects for queries.</summary>
/// <param name="Subjects">One subject for each kind of query. Kinds without a subject are left out.</param>
/// <param name="Day">A day for which all queries return something, <c>yyyy-MM-dd</c>.</param>
public sealed record ReadSample(IReadOnlyDictionary<QueryKind, string> Subjects, string Day)
{
    /// <summary>The subjects from one notification.</summary>
    /// <param name="attribute">Returns the value of an attribute; null if the notification has none.</param>
    /// <param name="day">The day of the notification's command.</param>
    public static ReadSample Of(Func<string, string?> attribute, string day)
    {
        var subjects = new Dictionary<QueryKind, string>();
        foreach (var definition in QueryDefinition.All)
            if (attribute(definition.Subject) is { } subject)
                subjects[definition.Kind] = subject;
        return new(subjects, day);
    }

    /// <summary>
    /// Subjects that may not exist, for an empty table. A query with one result is left out, because its response would be 404.
    /// </summary>
    public static ReadSample Nothing(string day) =>
        new(
            QueryDefinition
                .All.Where(definition => !definition.HasOneResult)
                .ToDictionary(definition => definition.Kind, definition => definition.Example),
            day
        );

    /// <summary>The day after <see cref="Day"/>.</summary>
    public string NextDay =>
        DateOnly
            .ParseExact(Day, "yyyy-MM-dd", CultureInfo.InvariantCulture)
            .AddDays(1)
            .ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
