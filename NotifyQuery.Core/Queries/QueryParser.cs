using System.Globalization;
using System.Text;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Queries;

/// <summary>Validates the parameters of a query, in one place. Reports all invalid parameters at once.</summary>
/// <param name="cursors">Decodes the <c>cursor</c> parameter.</param>
public sealed class QueryParser(CursorCodec cursors)
{
    // A query string can contain thousands of names. Listing all of them would make the response a megabyte long.
    private const int MostUnknownNames = 10;
    private const int LongestUnknownName = 100;

    /// <summary>Parses the parameters of a query.</summary>
    /// <param name="kind">The kind of query.</param>
    /// <param name="parameters">The values of each parameter, URL-decoded.</param>
    public ParsedQuery Parse(QueryKind kind, IReadOnlyCollection<KeyValuePair<string, IReadOnlyList<string>>> parameters)
    {
        var definition = QueryDefinition.Of(kind);
        var reading = new Reading(definition, parameters);
        var query = new NotificationQuery
        {
            By = kind,
            Value = reading.Subject(),
            From = reading.Moment("from"),
            To = reading.Moment("to"),
            // A query by status has this parameter as its subject.
            Status = definition.Filters.Contains(AttributeNames.Status) ? reading.Status() : null,
            Channel = reading.Channel(),
            Order = reading.Order(),
            Limit = reading.Limit(),
        };
        reading.CheckWindow(query);
        reading.CheckUnknown();
        if (reading.Single("cursor") is { } cursor)
        {
            // The cursor can be decoded only with a valid query. With other errors, only a text that is not a cursor at all is reported.
            NotificationKey after = default;
            if (CursorCodec.IsWellFormed(cursor) && (reading.Errors.Count > 0 || cursors.TryDecode(query, cursor, out after)))
                query = query with { After = after };
            else
                reading.Fail("cursor", "is not a cursor of this query: use next_cursor of the previous page with the same parameters");
        }

        return reading.Errors.Count == 0 ? new(query, ParsedQuery.NoErrors) : new(null, reading.Errors);
    }

    /// <summary>Parses one set of parameters and collects the errors.</summary>
    private sealed class Reading(QueryDefinition definition, IReadOnlyCollection<KeyValuePair<string, IReadOnlyList<string>>> parameters)
    {
        private readonly SortedDictionary<string, string[]> errors = new(StringComparer.Ordinal);

        public SortedDictionary<string, string[]> Errors => errors;

        public void Fail(string parameter, string problem) =>
            errors[parameter] = errors.TryGetValue(parameter, out var before) ? [.. before, problem] : [problem];

        /// <summary>
        /// The value of a parameter that is given once; null when it is absent, not allowed here or invalid (then an error is added).
        /// </summary>
        public string? Single(string parameter)
        {
            if (!definition.Parameters.Contains(parameter))
                return null;
            var values = parameters.Where(p => p.Key == parameter).SelectMany(p => p.Value).ToList();
            switch (values)
            {
                case []:
                    if (definition.Requires(parameter))
                        Fail(parameter, "is required");
                    return null;
                case [var value]:
                    if (value.Length == 0)
                        Fail(parameter, "is empty");
                    else if (value.Any(char.IsControl))
                        Fail(parameter, "has control characters");
                    else if (!IsText(value))
                        Fail(parameter, "is not valid percent-encoded UTF-8 (write % as %25)");
                    else
                        return value;
                    return null;
                default:
                    Fail(parameter, "is given more than once");
                    return null;
            }
        }

        /// <summary>
        /// A value with U+FFFD after decoding, or with half of a surrogate pair, would not match the original text in the tables.
        /// </summary>
        private static bool IsText(string value) => !value.EnumerateRunes().Contains(Rune.ReplacementChar);

        public string Subject()
        {
            var name = definition.Subject;
            if (Single(name) is not { } value)
                return "";
            if (definition.SubjectValues is { } values && !values.Contains(value))
                Fail(name, $"must be one of {string.Join(", ", values)}");
            else if (Encoding.UTF8.GetByteCount(value) > definition.LongestSubject)
                Fail(name, $"is longer than {definition.LongestSubject} bytes");
            return value;
        }

        public string? Moment(string parameter)
        {
            if (Single(parameter) is not { } text)
                return null;
            if (Timestamp.TryParseLenient(text, out var moment))
                return Timestamp.Format(moment);
            Fail(parameter, "must be an ISO-8601 date or time, like 2026-11-22 or 2026-11-22T08:15:30Z (write + as %2B)");
            return null;
        }

        public NotificationStatus? Status()
        {
            if (Single("status") is not { } name)
                return null;
            if (WireNames.TryParse(name, out NotificationStatus status))
                return status;
            Fail("status", $"must be one of {WireNames.AllStatuses}");
            return null;
        }

        public Channel? Channel()
        {
            if (Single("channel") is not { } name)
                return null;
            if (WireNames.TryParse(name, out Channel channel))
                return channel;
            Fail("channel", $"must be one of {WireNames.AllChannels}");
            return null;
        }

        public QueryOrder Order()
        {
            switch (Single("order"))
            {
                case null or "desc":
                    return QueryOrder.Descending;
                case "asc":
                    return QueryOrder.Ascending;
                default:
                    Fail("order", "must be asc or desc");
                    return default;
            }
        }

        public int Limit()
        {
            // A transaction usually has one record, so no paging is needed. If several share the id, the maximum page size is used.
            if (definition.HasOneResult)
                return NotificationQuery.MaximumLimit;
            if (Single("limit") is not { } text)
                return NotificationQuery.DefaultLimit;
            if (
                int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
                && limit is >= 1 and <= NotificationQuery.MaximumLimit
            )
                return limit;
            Fail("limit", $"must be a whole number from 1 to {NotificationQuery.MaximumLimit}");
            return NotificationQuery.DefaultLimit;
        }

        public void CheckWindow(NotificationQuery query)
        {
            if (query.From is null || query.To is null)
                return;
            if (string.CompareOrdinal(query.From, query.To) >= 0)
                Fail("to", "must be later than from");
            else if (
                definition.Window?.MaximumDays is { } days
                && Timestamp.Parse(query.To) - Timestamp.Parse(query.From) > TimeSpan.FromDays(days)
            )
                Fail("to", $"must be at most {days} days after from");
        }

        public void CheckUnknown()
        {
            var unknown = parameters.Select(p => p.Key).Except(definition.Parameters, StringComparer.Ordinal).ToList();
            foreach (var name in unknown.Take(MostUnknownNames))
                Fail(
                    UnicodeText.Shorten(name, LongestUnknownName),
                    $"is not a parameter of this query: it takes {string.Join(", ", definition.Parameters)}"
                );
            if (unknown.Count > MostUnknownNames)
                Fail("others", $"{unknown.Count - MostUnknownNames} more names are not parameters of this query");
        }
    }
}

/// <summary>A query, or its errors.</summary>
/// <param name="Query">The query, when it is valid.</param>
/// <param name="Errors">The errors by parameter.</param>
public sealed record ParsedQuery(NotificationQuery? Query, IReadOnlyDictionary<string, string[]> Errors)
{
    internal static readonly IReadOnlyDictionary<string, string[]> NoErrors = new Dictionary<string, string[]>();
}
