namespace Slipway.Prediction;

/// <summary>A call's inputs by column, as the log would have them: for explanations of requests that were not run.</summary>
internal static class CallColumns
{
    /// <summary>The call as a logged prediction without outputs.</summary>
    public static LoggedPrediction Of(ServedEndpoint endpoint, EndpointArm arm, PredictionCall call)
    {
        var head = new PredictionFrame.Head { Inputs = (short)call.Inputs.Count };
        head.Bytes = PredictionFrame.Size(head) + checked((int)PredictionFrame.Size(call.Inputs));
        var bytes = new byte[head.Bytes];
        PredictionFrame.Write(bytes, head, call, "", "");
        var frame = new PredictionFrameReader(bytes);
        frame.Next<PredictionFrame.Head>();
        var writer = new PredictionSegmentWriter(endpoint.Name);
        writer.Begin(new LoggedFields { Arm = arm.Name, Model = arm.Model.Name, Version = arm.Model.Version, Id = call.Id, Protocol = call.Protocol, Rows = (int)call.Inputs.Rows });
        PredictionColumns.Add(writer, ref frame, head.Inputs, output: false, arm.Model, PredictionRule.Everything);
        return PredictionSegment.Open(writer.Finish(Guid.Empty)).Value.Read(0, payload: true);
    }
}
