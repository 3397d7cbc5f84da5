using Amazon;
using Aspire.Hosting.AWS;

namespace Aspire.Hosting.AWS
{
    /// <summary>The profile and region for the AWS SDK in resources.</summary>
    public interface IAWSSDKConfig
    {
        string? Profile { get; set; }

        RegionEndpoint? Region { get; set; }
    }

    internal sealed class AWSSDKConfig : IAWSSDKConfig
    {
        public string? Profile { get; set; }

        public RegionEndpoint? Region { get; set; }
    }
}

namespace Aspire.Hosting
{
    public static class SDKResourceExtensions
    {
        public static IAWSSDKConfig AddAWSSDKConfig(this IDistributedApplicationBuilder builder)
        {
            ArgumentNullException.ThrowIfNull(builder);
            return new AWSSDKConfig();
        }

        public static IAWSSDKConfig WithProfile(this IAWSSDKConfig config, string profile)
        {
            ArgumentNullException.ThrowIfNull(config);
            config.Profile = profile;
            return config;
        }

        public static IAWSSDKConfig WithRegion(this IAWSSDKConfig config, RegionEndpoint region)
        {
            ArgumentNullException.ThrowIfNull(config);
            config.Region = region;
            return config;
        }

        public static IAWSSDKConfig WithRegion(this IAWSSDKConfig config, string systemName) =>
            config.WithRegion(RegionEndpoint.GetBySystemName(systemName));

        /// <summary>Passes profile and region to the resource, but neither keys nor an endpoint.</summary>
        public static IResourceBuilder<TDestination> WithReference<TDestination>(
            this IResourceBuilder<TDestination> builder,
            IAWSSDKConfig awsSdkConfig
        )
            where TDestination : IResourceWithEnvironment
        {
            ArgumentNullException.ThrowIfNull(builder);
            ArgumentNullException.ThrowIfNull(awsSdkConfig);
            return builder.WithEnvironment(context =>
            {
                if (!context.ExecutionContext.IsRunMode)
                    return;
                Set(context, awsSdkConfig.Profile, "AWS__Profile", "AWS_PROFILE");
                Set(context, awsSdkConfig.Region?.SystemName, "AWS__Region", "AWS_REGION");
            });
        }

        private static void Set(EnvironmentCallbackContext context, string? value, params ReadOnlySpan<string> names)
        {
            if (value is null)
                return;
            foreach (var name in names)
                context.EnvironmentVariables[name] = value;
        }
    }
}
