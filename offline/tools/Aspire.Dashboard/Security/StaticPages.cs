using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;

namespace Aspire.Dashboard.Security;

/// <summary>The pages: files beside this program, the same for everybody. All routes of the one page answer with it.</summary>
internal static class StaticPages
{
    private static readonly string s_root = Path.Combine(AppContext.BaseDirectory, "wwwroot");
    private static readonly FileExtensionContentTypeProvider s_types = new(new Dictionary<string, string>
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".woff2"] = "font/woff2",
    });

    private static readonly string[] s_routes = ["/", "/resources", "/flow", "/traces", "/traces/{id}", "/logs", "/console", "/console/{name}", "/metrics"];

    public static bool IsFile(PathString path) => s_types.TryGetContentType(path.Value ?? "", out _);

    public static void Use(WebApplication app)
    {
        if (!Directory.Exists(s_root))
            return;
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = new PhysicalFileProvider(s_root),
            ContentTypeProvider = s_types,
            OnPrepareResponse = static sending => sending.Context.Response.Headers.CacheControl = "no-cache",
        });
    }

    public static void MapRoutes(WebApplication app)
    {
        foreach (var route in s_routes)
            app.MapGet(route, (RequestDelegate)(context => SendAsync(context, "index.html", StatusCodes.Status200OK)));
    }

    public static Task SendLoginAsync(HttpContext context, int status) => SendAsync(context, "login.html", status);

    private static Task SendAsync(HttpContext context, string name, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.SendFileAsync(Path.Combine(s_root, name), context.RequestAborted);
    }
}
