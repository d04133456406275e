using Slipway.Client;

using var client = new SlipwayClient(); // SLIPWAY_URL, else http://127.0.0.1:5000; without a server the run waits on this machine
await using var run = await client.StartRunAsync("live-curve");
run.LogParam("learning_rate", 0.1);
for (var step = 0; step < 300; step++)
{
    run.LogMetric("loss", Math.Exp(-step / 60.0) + 0.02 * Random.Shared.NextDouble(), step);
    await Task.Delay(100); // here you train
}
await run.FinishAsync();
