using System.Globalization;
using System.Text.Json;

namespace NotifyQuery.LambdaEmulator.Functions;

/// <summary>How an invocation ended.</summary>
internal abstract record Outcome
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>The function answered.</summary>
    public sealed record Success(ReadOnlyMemory<byte> Payload) : Outcome;

    /// <summary>The function failed: the caller gets the error document.</summary>
    public sealed record FunctionError(ReadOnlyMemory<byte> Document) : Outcome
    {
        public static FunctionError Exited(string requestId) =>
            Of("Runtime.ExitError", $"RequestId: {requestId} Error: Runtime exited without providing a reason");

        public static FunctionError TimedOut(string requestId, TimeSpan timeout) =>
            Of(
                "Sandbox.Timedout",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"RequestId: {requestId} Error: Task timed out after {timeout / Second:F2} seconds"
                )
            );

        public static FunctionError ResponseTooLarge() =>
            Of(
                "Function.ResponseSizeTooLarge",
                $"Response payload size exceeded maximum allowed payload size ({LambdaServiceOptions.MaxPayload} bytes)."
            );

        public static FunctionError Of(string type, string message)
        {
            using var document = new MemoryStream();
            using (var writer = new Utf8JsonWriter(document))
            {
                writer.WriteStartObject();
                writer.WriteString("errorType", type);
                writer.WriteString("errorMessage", message);
                writer.WriteEndObject();
            }

            return new FunctionError(document.ToArray());
        }
    }

    /// <summary>The function did not run, or its response could not be used: an error of the service, with AWS's status and type.</summary>
    public sealed record Refusal(int Status, string Type, string Message) : Outcome
    {
        public static Refusal Throttled(string function) =>
            new(429, "TooManyRequestsException", $"Rate Exceeded: too many invocations of {function} are waiting.");

        public static Refusal NotFound(string arn) => new(404, "ResourceNotFoundException", $"Function not found: {arn}");

        public static Refusal NoRuntime(string function) =>
            new(503, "ServiceException", $"No process of the function {function} is connected: see why it ended, and start it again.");

        public static Refusal Stopping() => new(503, "ServiceException", "The Lambda emulator is stopping.");
    }
}
