using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Slipway.Access;

/// <summary>An OpenID provider as the operator set it.</summary>
internal sealed record OpenIdSettings(Uri Issuer, string ClientId, string? ClientSecret, string Scopes, string NameClaim, string GroupsClaim, string? Audience, string? AdministratorGroup, Role? DefaultRole);

/// <summary>
/// Talks to an OpenID provider: discovery, keys, and the exchange of a code (OpenID Connect Core 1.0, Discovery 1.0; PKCE of RFC 7636). Answers are bounded in
/// size and time, redirects are not followed, and a provider that is away makes a clear refusal.
/// </summary>
internal sealed class OpenIdProvider : IDisposable
{
    /// <summary>The largest answer that is read.</summary>
    public const int AnswerBytesMax = 1024 * 1024;

    /// <summary>How long discovery and keys are believed.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);

    /// <summary>How soon keys are asked for again when a token names one that is not there: a new key must be found, and a made-up name must not make us a flood.</summary>
    public static readonly TimeSpan KeysAgainAfter = TimeSpan.FromSeconds(30);

    /// <summary>How far clocks may be apart.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    private readonly OpenIdSettings settings;
    private readonly TimeProvider clock;
    private readonly HttpClient http;
    private readonly SemaphoreSlim one = new(1);
    private Known? known;

    private sealed record Known(string AuthorizationEndpoint, string TokenEndpoint, string KeysEndpoint, bool PostsSecret, IReadOnlyList<JsonWebKey> Keys, DateTimeOffset At, DateTimeOffset KeysAt);

    public OpenIdProvider(OpenIdSettings settings, TimeProvider clock)
    {
        (this.settings, this.clock) = (settings, clock);
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(10) })
        {
            Timeout = TimeSpan.FromSeconds(15),
            MaxResponseContentBufferSize = AnswerBytesMax,
        };
    }

    /// <summary>As the operator set it.</summary>
    public OpenIdSettings Settings => settings;

    /// <summary>Where to send a browser that wants to sign in.</summary>
    public async Task<Outcome<string>> Authorization(string redirectUri, string state, string nonce, string challenge, CancellationToken ct)
    {
        var found = await Find(false, ct);
        if (found.Problem is { } away) return away;
        var query = string.Join('&', new (string Name, string Value)[]
        {
            ("response_type", "code"), ("client_id", settings.ClientId), ("redirect_uri", redirectUri), ("scope", settings.Scopes),
            ("state", state), ("nonce", nonce), ("code_challenge", challenge), ("code_challenge_method", "S256"),
        }.Select(static pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value)}"));
        return found.Value.AuthorizationEndpoint + (found.Value.AuthorizationEndpoint.Contains('?', StringComparison.Ordinal) ? '&' : '?') + query;
    }

    /// <summary>Turns a code into the ID token of the person who signed in.</summary>
    public async Task<Outcome<JsonWebToken>> Exchange(string code, string redirectUri, string verifier, string nonce, CancellationToken ct)
    {
        var found = await Find(false, ct);
        if (found.Problem is { } away) return away;
        var form = new List<KeyValuePair<string, string>> { new("grant_type", "authorization_code"), new("code", code), new("redirect_uri", redirectUri), new("code_verifier", verifier), new("client_id", settings.ClientId) };
        using var request = new HttpRequestMessage(HttpMethod.Post, found.Value.TokenEndpoint);
        if (settings.ClientSecret is { } secret)
        {
            if (found.Value.PostsSecret) form.Add(new("client_secret", secret));
            else request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Uri.EscapeDataString(settings.ClientId)}:{Uri.EscapeDataString(secret)}")));
        }
        request.Content = new FormUrlEncodedContent(form);
        var answer = await Send(request, ct);
        if (answer.Problem is { } refused) return refused;
        return Text(answer.Value, "id_token") is { } token
            ? await Validate(token, settings.ClientId, nonce, ct)
            : Credentials.Unauthenticated("The identity provider answered without an ID token. Check that the client asks for the scope 'openid'.");
    }

    /// <summary>A token that a program presents.</summary>
    public Task<Outcome<JsonWebToken>> Presented(string text, CancellationToken ct) => Validate(text, settings.Audience ?? settings.ClientId, null, ct);

    /// <summary>A token that this provider signed for the audience, in time.</summary>
    public async Task<Outcome<JsonWebToken>> Validate(string text, string audience, string? nonce, CancellationToken ct)
    {
        if (JsonWebToken.Parse(text) is not { } token) return Credentials.Unauthenticated("The token is no signed JSON Web Token.");
        // The claims first: they are free, and only a token of this issuer may make us ask for its keys.
        if (token.Wrong(Issuer, audience, clock.GetUtcNow(), Skew, nonce) is { } wrong) return Credentials.Unauthenticated($"The token is refused: {wrong}.");
        var found = await Find(false, ct);
        if (found.Problem is { } away) return away;
        if (Signed(token, found.Value.Keys)) return token;
        if (token.KeyId is not null && found.Value.Keys.Any(key => key.Id == token.KeyId) || clock.GetUtcNow() - found.Value.KeysAt < KeysAgainAfter) return Forged();
        found = await Find(true, ct);
        return found.Problem is { } gone ? gone : Signed(token, found.Value.Keys) ? token : Forged();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        http.Dispose();
        one.Dispose();
    }

    private string Issuer => settings.Issuer.OriginalString;

    private static bool Signed(JsonWebToken token, IReadOnlyList<JsonWebKey> keys) => keys.Any(key => (token.KeyId is null || key.Id is null || key.Id == token.KeyId) && token.IsSignedBy(key));

    private static Problem Forged() => Credentials.Unauthenticated("The token is refused: none of the provider's keys signed it.");

    private async Task<Outcome<Known>> Find(bool keysAgain, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (!keysAgain && known is { } fresh && now - fresh.At < KeptFor) return fresh;
        await one.WaitAsync(ct);
        try
        {
            if (known is { } other && now - other.At < KeptFor && (!keysAgain || now - other.KeysAt < KeysAgainAfter)) return other;
            var discovered = await Get(Issuer.TrimEnd('/') + "/.well-known/openid-configuration", ct);
            if (discovered.Problem is { } away) return away;
            var document = discovered.Value;
            // A document of another issuer would let that one speak for this one.
            if (Text(document, "issuer") != Issuer) return Away($"its discovery document names another issuer than {Issuer}");
            if (Endpoint(document, "authorization_endpoint") is not { } authorization || Endpoint(document, "token_endpoint") is not { } token || Endpoint(document, "jwks_uri") is not { } keys)
                return Away("its discovery document lacks authorization_endpoint, token_endpoint or jwks_uri, or names one without https");
            var set = await Get(keys, ct);
            if (set.Problem is { } noKeys) return noKeys;
            var methods = document.TryGetProperty("token_endpoint_auth_methods_supported", out var list) && list.ValueKind is JsonValueKind.Array
                ? list.EnumerateArray().Select(static method => method.GetString()).ToList() : ["client_secret_basic"];
            return known = new Known(authorization, token, keys, !methods.Contains("client_secret_basic") && methods.Contains("client_secret_post"), JsonWebKey.ParseSet(set.Value), now, now);
        }
        finally
        {
            one.Release();
        }
    }

    private string? Endpoint(JsonElement document, string name) =>
        Text(document, name) is { } url && Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == "https" || uri.Scheme == "http" && uri.IsLoopback && settings.Issuer.IsLoopback) ? url : null;

    private async Task<Outcome<JsonElement>> Get(string url, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        return await Send(request, ct);
    }

    private async Task<Outcome<JsonElement>> Send(HttpRequestMessage request, CancellationToken ct)
    {
        try
        {
            using var response = await http.SendAsync(request, ct);
            var body = await response.Content.ReadAsByteArrayAsync(ct);
            if (response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized) return Credentials.Unauthenticated("The identity provider refused the sign-in: its code is wrong, used or too old, or the client's secret is wrong. Begin again at /signin.");
            if (response.StatusCode is not HttpStatusCode.OK) return Away($"it answered {(int)response.StatusCode} at {request.RequestUri!.AbsolutePath}");
            return JsonDocument.Parse(body).RootElement;
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException || failure is TaskCanceledException && !ct.IsCancellationRequested)
        {
            return Away(failure is JsonException ? "its answer is no JSON" : failure.Message);
        }
    }

    private static Problem Away(string why) => Problem.Busy($"The identity provider does not serve: {why}.", TimeSpan.FromSeconds(10));

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}
