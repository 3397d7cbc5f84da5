namespace NotifyQuery.Tests.Distributed;

/// <summary>The requests whose answers are compared: what somebody thought of, with the status it must get.</summary>
public static class ParityRequests
{
    /// <summary>The user whose notifications are there to be asked for, as it stands in a URL.</summary>
    public const string User = "Zo%C3%AB%20%2B%25%2F%26%20%E6%97%A5%F0%9F%98%80";

    /// <summary>Requests with the status that both sides must answer.</summary>
    public static IEnumerable<(RawRequest Request, int Status)> HandPicked() =>
        [
            .. All(200, AnsweredTargets.All),
            .. All(400, RefusedTargets.All),
            .. All(404, UnknownTargets.All),
            .. MethodAndHeaderRequests.All(),
        ];

    private static IEnumerable<(RawRequest, int)> All(int status, params string[] targets) =>
        targets.Select(target => (new RawRequest("GET", target), status));
}
