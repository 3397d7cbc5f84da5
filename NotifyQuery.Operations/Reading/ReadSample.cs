using System.Globalization;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.Operations.Reading;

/// <summary>Existing subjects for queries.</summary>
/// <param name="Subjects">A subject of each kind of query; kinds without a subject are left out.</param>
/// <param name="Day">A day on which all queries find something, <c>yyyy-MM-dd</c>.</param>
public sealed record ReadSample(IReadOnlyDictionary<QueryKind, string> Subjects, string Day)
{
    /// <summary>The subjects of a notification.</summary>
    /// <param name="attribute">The value of one of its attributes; null if it has none.</param>
    /// <param name="day">The day of its command.</param>
    public static ReadSample Of(Func<string, string?> attribute, string day)
    {
        var subjects = new Dictionary<QueryKind, string>();
        foreach (var definition in QueryDefinition.All)
            if (attribute(definition.Subject) is { } subject)
                subjects[definition.Kind] = subject;
        return new(subjects, day);
    }

    /// <summary>
    /// Subjects that need not exist, if nothing was found. A query with one result is left out: it would be answered with 404.
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
