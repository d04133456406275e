// Asks the server at the address that is given, as any client of the protocol would, and prints what came back as one JSON document.
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";
import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";

const here = dirname(fileURLToPath(import.meta.url));
const load = file => grpc.loadPackageDefinition(loader.loadSync(join(here, file), { keepCase: true, longs: Number, defaults: false }));
const address = process.argv[2];
const inference = new (load("inference.proto").inference.GRPCInferenceService)(address, grpc.credentials.createInsecure());
const health = new (load("health.proto").grpc.health.v1.Health)(address, grpc.credentials.createInsecure());

const ask = (client, call, message, options = {}) => new Promise(done => {
  client[call](message, new grpc.Metadata(), { deadline: Date.now() + 20_000, ...options }, (error, answer) => done(error ? { code: error.code, details: error.details } : answer));
});
const floats = values => Buffer.from(new Float32Array(values).buffer);
const plain = answer => JSON.parse(JSON.stringify(answer, (_, value) => value?.type === "Buffer" ? Buffer.from(value.data).toString("hex") : value));

const request = { model_name: "m", id: "r1", inputs: [{ name: "x", datatype: "FP32", shape: [1, 3] }], raw_input_contents: [floats([1, 2, 0.5])] };
const said = {
  live: await ask(inference, "ServerLive", {}),
  ready: await ask(inference, "ServerReady", {}),
  server: await ask(inference, "ServerMetadata", {}),
  modelReady: await ask(inference, "ModelReady", { name: "m" }),
  model: await ask(inference, "ModelMetadata", { name: "m", version: "1" }),
  config: await ask(inference, "ModelConfig", { name: "m" }),
  index: await ask(inference, "RepositoryIndex", {}),
  health: await ask(health, "Check", { service: "" }),
  healthUnknown: await ask(health, "Check", { service: "zzz" }),
  raw: await ask(inference, "ModelInfer", request),
  typed: await ask(inference, "ModelInfer", { model_name: "m", inputs: [{ name: "x", datatype: "FP32", shape: [1, 3], contents: { fp32_contents: [1, 2, 0.5] } }] }),
  converted: await ask(inference, "ModelInfer", { model_name: "m", inputs: [{ name: "x", datatype: "INT64", shape: [1, 3], contents: { int64_contents: [1, -2, 3] } }] }),
  mixed: await ask(inference, "ModelInfer", {
    model_name: "many",
    inputs: [{ name: "s", datatype: "BYTES", shape: [2], contents: { bytes_contents: [Buffer.from("ü"), Buffer.from("")] } }, { name: "b", datatype: "BOOL", shape: [2], contents: { bool_contents: [true, false] } }, { name: "i", datatype: "INT32", shape: [2], contents: { int_contents: [-1, 7] } }],
    outputs: [{ name: "out_i" }, { name: "out_s" }],
  }),
  classes: await ask(inference, "ModelInfer", { ...request, outputs: [{ name: "out_x", parameters: { classification: { int64_param: 1 } } }] }),
  unknownModel: await ask(inference, "ModelInfer", { ...request, model_name: "none" }),
  unknownInput: await ask(inference, "ModelInfer", { ...request, model_name: "many" }),
  wrongShape: await ask(inference, "ModelInfer", { ...request, inputs: [{ name: "x", datatype: "FP32", shape: [1, 4] }] }),
  wrongBytes: await ask(inference, "ModelInfer", { ...request, raw_input_contents: [Buffer.from([1, 2, 3])] }),
  unimplemented: await ask(inference, "LogSettings", {}),
  late: await ask(inference, "ModelInfer", { ...request, parameters: { timeout: { int64_param: 1 } } }),
};
said.stream = await new Promise(done => {
  const answers = [];
  const call = inference.ModelStreamInfer();
  call.on("data", answer => answers.push(answer));
  call.on("error", error => done({ code: error.code, details: error.details, answers }));
  call.on("end", () => done(answers));
  call.write(request);
  call.write({ ...request, model_name: "none" });
  call.write({ ...request, id: "r3" });
  call.end();
});
const large = new Float32Array(3 * 40_000).fill(0.25);
const big = await ask(inference, "ModelInfer", { model_name: "m", inputs: [{ name: "x", datatype: "FP32", shape: [40_000, 3] }], raw_input_contents: [Buffer.from(large.buffer)] });
said.largeBytes = big.raw_output_contents?.[0].length ?? big;
said.statistics = (await ask(inference, "ModelStatistics", { name: "m" })).model_stats?.map(stats => ({ name: stats.name, count: stats.inference_stats.success.count > 0, ns: stats.inference_stats.success.ns > 0 }));
process.stdout.write(JSON.stringify(plain(said)));
inference.close();
health.close();
