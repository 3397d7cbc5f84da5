using System.Globalization;
using Amazon.Lambda.Model;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Counterparts.AwsSdk;

namespace Amazon.Lambda.Internal;

/// <summary>The Invoke operation of the REST protocol: the payload is the body, and everything else is in headers.</summary>
internal static class InvokeOperation
{
    public static readonly InvokeOptions Options = new() { RequestMarshaller = new Request(), ResponseUnmarshaller = new Response() };

    private sealed class Request : IMarshaller<IRequest, AmazonWebServiceRequest>
    {
        public IRequest Marshall(AmazonWebServiceRequest input)
        {
            var invoke = (InvokeRequest)input;
            if (string.IsNullOrEmpty(invoke.FunctionName))
                throw new AmazonLambdaException("InvokeRequest.FunctionName is required: set it to the name or ARN of the function.");

            var payload = invoke.PayloadStream ?? new MemoryStream();
            var request = new DefaultRequest(input, "Amazon.Lambda")
            {
                HttpMethod = "POST",
                ResourcePath = "/2015-03-31/functions/{FunctionName}/invocations",
                ContentStream = payload,
                UseQueryString = true,
            };
            request.AddPathResource("{FunctionName}", invoke.FunctionName);
            if (!string.IsNullOrEmpty(invoke.Qualifier))
                request.Parameters.Add("Qualifier", invoke.Qualifier);

            request.Headers["Content-Length"] = payload.Length.ToString(CultureInfo.InvariantCulture);
            if (payload.Length > 0)
                request.Headers["Content-Type"] = "binary/octet-stream";
            request.Headers["x-amz-api-version"] = "2015-03-31";
            SetHeader(request, "X-Amz-Client-Context", invoke.ClientContextBase64);
            SetHeader(request, "X-Amz-Invocation-Type", invoke.InvocationType);
            SetHeader(request, "X-Amz-Log-Type", invoke.LogType);
            return request;
        }

        private static void SetHeader(DefaultRequest request, string name, string value)
        {
            if (!string.IsNullOrEmpty(value))
                request.Headers[name] = value;
        }
    }

    private sealed class Response() : ServiceResponse(ServiceExceptions.ByCode, ServiceExceptions.Otherwise)
    {
        public override AmazonWebServiceResponse Unmarshall(JsonUnmarshallerContext input)
        {
            var http = input.ResponseData;
            var payload = new MemoryStream();
            input.Stream.CopyTo(payload);
            payload.Position = 0;
            return new InvokeResponse
            {
                Payload = payload,
                ExecutedVersion = Header(http, "X-Amz-Executed-Version"),
                FunctionError = Header(http, "X-Amz-Function-Error"),
                LogResult = Header(http, "X-Amz-Log-Result"),
            };
        }

        private static string Header(IWebResponseData http, string name) => http.IsHeaderPresent(name) ? http.GetHeaderValue(name) : null;
    }
}
