using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Slipway.Tests.Access;

/// <summary>A small OpenID provider: discovery, keys that rotate, authorisation codes with PKCE that work once, and as many lies as a test asks for.</summary>
internal sealed class TestProvider : IAsyncDisposable
{
    public const string ClientId = "slipway-test", ClientSecret = "client secret";

    private readonly WebApplication app;
    private readonly TimeProvider clock;
    private readonly Dictionary<string, (string Challenge, string Redirect, string Nonce)> codes = [];
    private readonly List<(string Id, RSA Key)> keys = [];
    private readonly ECDsa curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private TestProvider(WebApplication app, TimeProvider clock) => (this.app, this.clock) = (app, clock);

    public string Issuer { get; private set; } = "";

    /// <summary>The person at the browser.</summary>
    public JsonObject Person { get; set; } = new() { ["sub"] = "u-1", ["preferred_username"] = "ann", ["name"] = "Ann Example", ["email"] = "ann@example.org", ["groups"] = new JsonArray("ml") };

    /// <summary>Changes an ID token before it is signed.</summary>
    public Action<JsonObject>? Lie { get; set; }

    /// <summary>Makes the token's text; signs properly when null.</summary>
    public Func<JsonObject, string>? Forge { get; set; }

    /// <summary>What the discovery document names as issuer; itself when null.</summary>
    public string? OtherIssuer { get; set; }

    public int KeysAsked { get; private set; }

    public static async Task<TestProvider> Start(TimeProvider clock)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var provider = new TestProvider(builder.Build(), clock);
        provider.Rotate();
        provider.app.UseRouting();
        provider.Map();
        await provider.app.StartAsync();
        provider.Issuer = provider.app.Urls.First();
        return provider;
    }

    /// <summary>A new key signs from now on; the old ones are gone.</summary>
    public void Rotate()
    {
        keys.Clear();
        keys.Add(("key-" + Guid.NewGuid().ToString("N")[..6], RSA.Create(2048)));
    }

    /// <summary>The claims of a token for the client.</summary>
    public JsonObject Claims(string? nonce)
    {
        var claims = Person.DeepClone().AsObject();
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        (claims["iss"], claims["aud"], claims["iat"], claims["exp"]) = (Issuer, ClientId, now, now + 300);
        if (nonce is not null) claims["nonce"] = nonce;
        Lie?.Invoke(claims);
        return claims;
    }

    /// <summary>A token signed with the present key.</summary>
    public string Sign(JsonObject claims) => Sign(claims, keys[^1].Id, keys[^1].Key);

    /// <summary>A token signed with any key under any name.</summary>
    public static string Sign(JsonObject claims, string keyId, RSA key)
    {
        var text = Unsigned(new JsonObject { ["alg"] = "RS256", ["kid"] = keyId }, claims);
        return $"{text}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    /// <summary>A token signed with the provider's elliptic curve.</summary>
    public string SignByCurve(JsonObject claims)
    {
        var text = Unsigned(new JsonObject { ["alg"] = "ES256", ["kid"] = "curve" }, claims);
        return $"{text}.{Base64Url.EncodeToString(curve.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256))}";
    }

    /// <summary>The name of the key that signs.</summary>
    public string KeyId => keys[^1].Id;

    /// <summary>The public key that a liar would use as a shared secret.</summary>
    public byte[] PublicKey => keys[^1].Key.ExportSubjectPublicKeyInfo();

    /// <summary>Header and claims.</summary>
    public static string Unsigned(JsonObject header, JsonObject claims) =>
        $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private void Map()
    {
        app.MapGet("/.well-known/openid-configuration", (RequestDelegate)(context => Json(context, 200, new JsonObject
        {
            ["issuer"] = OtherIssuer ?? Issuer,
            ["authorization_endpoint"] = Issuer + "/authorize",
            ["token_endpoint"] = Issuer + "/token",
            ["jwks_uri"] = Issuer + "/keys",
        })));
        app.MapGet("/keys", (RequestDelegate)(context =>
        {
            KeysAsked++;
            var point = curve.ExportParameters(false).Q;
            return Json(context, 200, new JsonObject
            {
                ["keys"] = new JsonArray(
                [
                    .. keys.Select(static JsonNode (key) => new JsonObject
                    {
                        ["kty"] = "RSA", ["kid"] = key.Id, ["use"] = "sig",
                        ["n"] = Base64Url.EncodeToString(key.Key.ExportParameters(false).Modulus), ["e"] = Base64Url.EncodeToString(key.Key.ExportParameters(false).Exponent),
                    }),
                    new JsonObject { ["kty"] = "EC", ["kid"] = "curve", ["crv"] = "P-256", ["x"] = Base64Url.EncodeToString(point.X), ["y"] = Base64Url.EncodeToString(point.Y) },
                    new JsonObject { ["kty"] = "oct", ["kid"] = "odd", ["k"] = "AAAA" },
                ]),
            });
        }));
        app.MapGet("/authorize", (RequestDelegate)(context =>
        {
            var query = context.Request.Query;
            var code = Guid.NewGuid().ToString("N");
            lock (codes) codes[code] = (query["code_challenge"].ToString(), query["redirect_uri"].ToString(), query["nonce"].ToString());
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = $"{query["redirect_uri"]}?code={code}&state={Uri.EscapeDataString(query["state"].ToString())}&iss={Uri.EscapeDataString(Issuer)}";
            return Task.CompletedTask;
        }));
        app.MapPost("/token", (RequestDelegate)(async context =>
        {
            var form = await context.Request.ReadFormAsync();
            var (found, asked) = (false, default((string Challenge, string Redirect, string Nonce)));
            lock (codes) found = codes.Remove(form["code"].ToString(), out asked);
            var secret = context.Request.Headers.Authorization == "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{ClientId}:{Uri.EscapeDataString(ClientSecret)}"));
            var verified = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))) == asked.Challenge;
            if (!found || !secret || !verified || form["redirect_uri"] != asked.Redirect)
            {
                await Json(context, 400, new JsonObject { ["error"] = "invalid_grant" });
                return;
            }
            var claims = Claims(asked.Nonce);
            await Json(context, 200, new JsonObject { ["token_type"] = "Bearer", ["id_token"] = Forge is null ? Sign(claims) : Forge(claims) });
        }));
    }

    private static async Task Json(HttpContext context, int status, JsonObject body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body.ToJsonString());
    }
}
