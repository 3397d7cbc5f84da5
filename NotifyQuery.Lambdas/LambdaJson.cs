using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.Lambda.APIGatewayEvents;
using Amazon.Lambda.DynamoDBEvents;
using Microsoft.AspNetCore.Mvc;

namespace NotifyQuery.Lambdas;

/// <summary>The JSON serialization of the functions' events and responses.</summary>
[JsonSerializable(typeof(APIGatewayHttpApiV2ProxyRequest))]
[JsonSerializable(typeof(APIGatewayHttpApiV2ProxyResponse))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(StreamsEventResponse))]
[JsonSerializable(typeof(ProblemDetails))]
internal sealed partial class LambdaJson : JsonSerializerContext;
