using System.Text;

namespace Slipway.Server;

/// <summary>What a browser sees at `/`: what this is and how to connect. It asks nobody else for anything.</summary>
internal static class WelcomePage
{
    /// <summary>Its own policy: the style lies in the page.</summary>
    public const string Policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'";

    /// <summary>The page, as UTF-8: it says whether somebody is asked who they are, and warns where that is not enough.</summary>
    public static byte[] Html(AccessMode mode, bool othersHere) => Encoding.UTF8.GetBytes($$"""
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Slipway</title>
        <style>
          :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
          body { max-width: 42rem; margin: 4rem auto; padding: 0 1rem }
          h1 { margin-bottom: 0 }
          pre { padding: .75rem 1rem; border: 1px solid #8886; border-radius: .5rem; overflow-x: auto }
          a { color: inherit }
          .warning { border-left: 4px solid #d97706; padding: .5rem .75rem; background: #d9770618 }
        </style>
        <h1>Slipway {{ServerApi.Version}}</h1>
        <p>This is a tracking server: it takes a model from experiment to production. It speaks MLflow's protocol
        (as {{ServerApi.MlflowVersion}}), so every MLflow client works with it.</p>
        {{Mode(mode, othersHere)}}
        <h2>Connect</h2>
        <pre>export MLFLOW_TRACKING_URI=http://this-host:this-port</pre>
        <p>Then log as usual from Python, R or Java. From .NET, use the package <code>Slipway.Client</code>; from a shell,
        <code>slipway experiments list</code>.</p>
        <h2>Look</h2>
        <ul>
          <li><a href="/openapi.json">/openapi.json</a>: every route</li>
          <li><a href="/healthz/ready">/healthz/ready</a>: can it do its work</li>
          <li><a href="/metrics">/metrics</a>: for Prometheus</li>
        </ul>
        </html>
        """);

    private static string Mode(AccessMode mode, bool othersHere) => (mode, othersHere) switch
    {
        (AccessMode.People, _) => """
            <p><a href="/signin">Sign in</a>. Programs send a token: <code>slipway tokens create NAME</code>, then <code>export MLFLOW_TRACKING_TOKEN=...</code></p>
            """,
        (_, true) => """
            <p class="warning" role="alert">Single-user mode: whoever reaches this port may do everything, and other people have an account on this machine. Start the server with
            <code>slipway server --access-mode people</code>: then everybody signs in, and programs send a token that <code>slipway tokens create NAME</code> makes.
            <code>slipway doctor</code> says more.</p>
            """,
        _ => """
            <p>Single-user mode: nobody is asked for a password, and whoever reaches this port may do everything.</p>
            """,
    };
}
