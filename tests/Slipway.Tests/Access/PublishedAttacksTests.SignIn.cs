using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Storage;

namespace Slipway.Tests.Access;

/// <summary>Ways in without a password of one's own, or after it was taken away.</summary>
public sealed partial class PublishedAttacksTests
{
    private const string Me = "/api/slipway/v1/access/me";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CVE_2026_2635_no_password_is_known_before_somebody_chose_it(bool setUp)
    {
        await using var access = setUp ? await AccessServer.Start(Dialect.Sqlite) : await AccessServer.WithoutAdministrator(Dialect.Sqlite);
        foreach (var (name, password) in new[] { ("admin", "password1234"), ("admin", "password"), ("admin", "admin"), ("airflow", "airflow"), ("user@example.com", "12341234"), ("minio", "minio123"), ("root", ""), ("", "") })
            foreach (var path in new[] { "/api/2.0/mlflow/users/get?username=admin", Me })
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, path);
                request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}")));
                var answer = await access.Server.Send(request);
                Assert.InRange((int)answer.Status, 401, 429);
                Assert.DoesNotContain("is_admin", answer.Body, StringComparison.Ordinal);
            }
    }

    [Fact]
    public async Task CVE_2023_6014_CVE_2025_1474_and_CVE_2025_11200_nobody_makes_an_account_for_himself_or_with_a_password_that_is_none()
    {
        await using var access = await AccessServer.Start(Dialect.Sqlite);
        await access.Person("ann", ["contributor"]);
        foreach (var by in new[] { null, "ann" })
        {
            foreach (var path in new[] { "/api/2.0/mlflow/users/create", "/ajax-api/2.0/mlflow/users/create", "/API/2.0/mlflow/users/create", "/api/2.0/mlflow/users/create/", "/api/2.0/mlflow/users/create-ui", "/api/slipway/v1/access/members" })
                TellsNothing(await access.As(by, "POST", path, """{"username":"eve","name":"eve","password":"a password of mine"}"""));
            TellsNothing(await access.As(by, "GET", "/signup"));
            TellsNothing(await access.As(by, "GET", "/api/2.0/mlflow/users/create?username=eve&password=a+password+of+mine"));
        }
        foreach (var password in new JsonNode?[] { "", " ", null, "1234", "password1", "elevenchars" })
            Assert.Equal(HttpStatusCode.BadRequest, (await access.As("root", "POST", "/api/2.0/mlflow/users/create", new JsonObject { ["username"] = "eve", ["password"] = password?.DeepClone() }.ToJsonString())).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await access.As("root", "GET", "/api/2.0/mlflow/users/get?username=eve")).Status);
        foreach (var password in new[] { "", "1234" })
            Assert.Equal(HttpStatusCode.BadRequest, (await access.As("root", "PATCH", "/api/2.0/mlflow/users/update-password", new JsonObject { ["username"] = "ann", ["password"] = password }.ToJsonString())).Status);
        AccessServer.Ok(await access.As("ann", "GET", Me));
    }

    [Fact]
    public async Task CVE_2020_17526_a_session_of_one_installation_is_none_of_another()
    {
        await using var one = await AccessServer.Start(Dialect.Sqlite);
        await using var other = await AccessServer.Start(Dialect.Sqlite);
        var cookie = await Cookie(one, "root", AccessServer.Password);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (await Status(one, cookie), await Status(other, cookie)));
        // Reported: a session for the first user, signed with the key that every installation was shipped with.
        var name = cookie[..cookie.IndexOf('=')];
        var forged = Convert.ToBase64String("""{"_fresh":true,"user_id":"1","_permanent":true}"""u8).TrimEnd('=') + ".YwJ5bw.AAAAAAAAAAAAAAAAAAAAAAAAAAA";
        foreach (var posed in new[] { "session=" + forged, $"{name}={forged}", $"{name}=." + forged, $"{name}=1", $"{name}=" })
            Assert.Equal(HttpStatusCode.Unauthorized, await Status(other, posed));
    }

    [Fact]
    public async Task CVE_2022_38054_a_session_that_somebody_else_chose_is_not_taken_over()
    {
        await using var access = await AccessServer.Start(Dialect.Sqlite);
        var chosen = (await Cookie(access, "root", AccessServer.Password)).Split('=')[0] + "=" + new string('A', 43);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/signin") { Content = new FormUrlEncodedContent([new("name", "root"), new("password", AccessServer.Password)]) };
        request.Headers.Add("Cookie", chosen);
        request.Headers.Add("Origin", access.Server.Http.BaseAddress!.GetLeftPart(UriPartial.Authority));
        var signed = await access.Server.Send(request);
        Assert.Equal(HttpStatusCode.SeeOther, signed.Status);
        var given = signed.Response.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        Assert.NotEqual(chosen, given);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (await Status(access, chosen), await Status(access, given)));
    }

    [Fact]
    public async Task CVE_2022_41672_and_CVE_2023_40273_who_is_shut_out_is_out_at_once()
    {
        await using var access = await AccessServer.Start(Dialect.Sqlite);
        foreach (var name in new[] { "ann", "ben" }) await access.Person(name, ["viewer"]);
        var (ann, ben) = (await Cookie(access, "ann", AccessServer.Password), await Cookie(access, "ben", AccessServer.Password));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await Status(access, ann), await Status(access, ben)));
        // 41672: the account is disabled while the browser is signed in. 40273: an administrator sets another password.
        AccessServer.Ok(await access.As("root", "PATCH", "/api/slipway/v1/access/members/ann", """{"disabled":true}"""));
        AccessServer.Ok(await access.As("root", "PATCH", "/api/2.0/mlflow/users/update-password", """{"username":"ben","password":"another long password"}"""));
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (await Status(access, ann), await Status(access, ben)));
        Assert.Equal(HttpStatusCode.Unauthorized, (await access.As("ann", "GET", Me)).Status);
        Assert.Equal(HttpStatusCode.OK, await Status(access, await Cookie(access, "ben", "another long password")));
    }

    private static async Task<string> Cookie(AccessServer access, string name, string password)
    {
        var signed = await access.Server.Send(new HttpRequestMessage(HttpMethod.Post, "/signin") { Content = new FormUrlEncodedContent([new("name", name), new("password", password)]) });
        return signed.Response.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }

    private static async Task<HttpStatusCode> Status(AccessServer access, string cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Me);
        request.Headers.TryAddWithoutValidation("Cookie", cookie);
        return (await access.Server.Send(request)).Status;
    }
}
