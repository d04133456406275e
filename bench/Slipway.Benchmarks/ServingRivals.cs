using System.Diagnostics;

namespace Slipway.Benchmarks;

/// <summary>What people serve such models with today, on the same machine: onnxruntime-node behind Fastify (or Node's own http), and MLflow's scoring contract on FastAPI, uvicorn, pandas and scikit-learn.</summary>
internal static class ServingRivals
{
    private const string Node = """
        const [,, modules, fastifyModules, model, port] = process.argv;
        const { createRequire } = require('module');
        const ort = createRequire(modules + '/')('onnxruntime-node');
        let fastify = null;
        try { fastify = createRequire(fastifyModules + '/')('fastify'); } catch { }
        (async () => {
          const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
          const infer = async body => {
            const input = body.inputs[0];
            const answer = await session.run({ features: new ort.Tensor('float32', Float32Array.from(input.data), input.shape) });
            return { model_name: 'trees', outputs: [{ name: 'score', datatype: 'FP32', shape: answer.score.dims, data: Array.from(answer.score.data) }] };
          };
          if (fastify) {
            const app = fastify({ bodyLimit: 64 << 20 });
            app.get('/health', async () => 'fastify');
            app.post('/v2/models/trees/infer', async request => infer(request.body));
            await app.listen({ port: +port, host: '127.0.0.1' });
          } else {
            require('http').createServer((request, response) => {
              if (request.method === 'GET') { response.setHeader('Content-Length', 4); return response.end('http'); }
              const parts = [];
              request.on('data', part => parts.push(part)).on('end', async () => {
                const text = JSON.stringify(await infer(JSON.parse(Buffer.concat(parts))));
                response.setHeader('Content-Type', 'application/json');
                response.setHeader('Content-Length', Buffer.byteLength(text));
                response.end(text);
              });
            }).listen(+port, '127.0.0.1');
          }
        })();
        """;

    private const string Python = """
        import json, sys
        import numpy as np, pandas as pd, uvicorn
        from fastapi import FastAPI, Request, Response
        from sklearn.ensemble import RandomForestRegressor
        rng = np.random.default_rng(1)
        columns = [f"f{i}" for i in range(30)]
        x = pd.DataFrame(rng.random((2000, 30)), columns=columns)
        model = RandomForestRegressor(n_estimators=100, max_depth=6, n_jobs=1).fit(x, rng.random(2000))
        app = FastAPI()
        @app.get("/health")
        def health(): return "python"
        @app.post("/invocations")
        async def invocations(request: Request):
            body = json.loads(await request.body())["dataframe_split"]
            frame = pd.DataFrame(data=body["data"], columns=body["columns"]).astype({c: "float64" for c in columns})
            return Response(content=json.dumps({"predictions": model.predict(frame).tolist()}), media_type="application/json")
        uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
        """;

    /// <summary>Starts the Node server; null where there is no Node or the packages are missing. The name says what it runs on.</summary>
    public static (Child Server, string Name)? StartNode(string folder, string model)
    {
        if (Repository() is not { } root || !Directory.Exists(Path.Combine(root, "native/node_modules/onnxruntime-node"))) return null;
        var (script, packages) = (Path.Combine(folder, "rival.cjs"), Path.Combine(folder, "fastify"));
        File.WriteAllText(script, Node);
        Directory.CreateDirectory(packages);
        File.WriteAllText(Path.Combine(packages, "package.json"), "{}");
        // Without a network Node's own http stands in; it is the faster of the two.
        Quietly("npm", packages, "install", "fastify@5", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error");
        var name = Directory.Exists(Path.Combine(packages, "node_modules/fastify")) ? "onnxruntime-node behind Fastify" : "onnxruntime-node behind node:http";
        return Child.Start("node", port => [script, Path.Combine(root, "native/node_modules"), packages, model, port]) is { } server ? (server, name) : null;
    }

    /// <summary>Starts the Python server; null where Python lacks a package.</summary>
    public static Child? StartPython(string folder)
    {
        var script = Path.Combine(folder, "rival.py");
        File.WriteAllText(script, Python);
        // Debian's own has scikit-learn, pandas and FastAPI as packages.
        foreach (var python in new[] { "/usr/bin/python3", "python3" })
            if (Quietly(python, folder, "-c", "import fastapi, uvicorn, pandas, sklearn")) return Child.Start(python, port => [script, port]);
        return null;
    }

    private static string? Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Slipway.slnx"))) return folder.FullName;
        return null;
    }

    private static bool Quietly(string program, string folder, params string[] args)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, args) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
            if (process.WaitForExit(TimeSpan.FromMinutes(2))) return process.ExitCode == 0;
            process.Kill();
            return false;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
