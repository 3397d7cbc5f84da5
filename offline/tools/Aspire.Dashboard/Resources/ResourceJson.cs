using System.Text.Json.Serialization;

namespace Aspire.Dashboard.Resources;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ResourceChange))]
[JsonSerializable(typeof(Resource))]
[JsonSerializable(typeof(ResourceList))]
[JsonSerializable(typeof(RemovedResource))]
[JsonSerializable(typeof(CommandResult))]
[JsonSerializable(typeof(RevealedValue))]
[JsonSerializable(typeof(PrintedLines))]
[JsonSerializable(typeof(ConsoleLines))]
internal sealed partial class ResourceJson : JsonSerializerContext;
