using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using NotifyQuery.LambdaEmulator.Functions;

namespace NotifyQuery.Tests.LambdaEmulator;

/// <summary>How a caller invokes a function of the emulator over the wire.</summary>
internal static class EmulatorCalls
{
    public static readonly LambdaServiceOptions Local = new() { Host = "127.0.0.1" };

    public static HttpRequestMessage Request(LambdaService emulator, string function, string payload) =>
        new(HttpMethod.Post, new Uri(emulator.Address, $"/2015-03-31/functions/{function}/invocations"))
        {
            Content = new StringContent(payload, Encoding.UTF8, "application/json"),
        };

    public static Task<HttpResponseMessage> InvokeAsync(
        this HttpClient caller,
        LambdaService emulator,
        string function,
        string payload,
        CancellationToken cancellationToken
    ) => caller.SendAsync(Request(emulator, function, payload), cancellationToken);

    public static async Task<JsonElement> JsonAsync(HttpResponseMessage response) =>
        await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
}
