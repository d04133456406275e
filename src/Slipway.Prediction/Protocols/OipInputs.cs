using Slipway.Engines.Onnx;
using Slipway.Prediction.Json;

namespace Slipway.Prediction.Protocols;

/// <summary>
/// The inputs of an Open Inference request, on their way into the graph's: tensors by the graph's names, or the signature's columns. What stands in the usual order is read once; `data` before its `shape` is passed over and read afterwards.
/// </summary>
internal unsafe ref struct OipInputs(Exchange exchange, byte* tail, long tailBytes)
{
    private const int NameBytesMax = 1_024;

    private readonly Exchange exchange = exchange;
    private readonly InputPlan plan = exchange.Model.Plan;
    private readonly ErrorDetail detail = exchange.Detail;
    private readonly bool[] got = new bool[Math.Max(exchange.Model.Plan.Inputs.Count, exchange.Model.Plan.Columns.Length)];
    private byte* tail = tail;
    private long tailBytes = tailBytes;
    private RowSink sink;
    private bool byColumn, byTensor;
    private string? guessed;
    private int count;

    /// <summary>The request's `content_type`, or null.</summary>
    public string? ContentType { get; set; }

    /// <summary>One input as it stands in the request.</summary>
    private ref struct Input
    {
        public string Where, Name;
        public string? ContentType;
        public int Port, Column, Rank;
        public OnnxElement Datatype;
        public TensorShape Shape;
        public long BinaryBytes;
        public bool HasName, HasData, Taken;
        public JsonCursor Data;
    }

    /// <summary>Reads `inputs`.</summary>
    public bool Read(ref JsonCursor json)
    {
        if (!json.Expect('[', "'inputs' as an array")) return false;
        if (json.Take(']')) return true;
        do
        {
            if (count == TensorBatch.TensorsMax) return json.Fail(Problem.Invalid($"A request has at most {TensorBatch.TensorsMax:N0} inputs."));
            if (!One(ref json)) return false;
            count++;
        }
        while (json.More(']'));
        return json.Problem is null;
    }

    /// <summary>After the last one: is everything there?</summary>
    public Problem? Finish()
    {
        if (guessed is not null && count > 1) return Misfit.Name(detail, "inputs", "unknown input", guessed, JsonRows.Names(plan));
        if (tailBytes > 0) return Problem.Invalid($"{tailBytes:N0} bytes are left behind the tensors; expected as many as 'binary_data_size' says in all.");
        if (!byColumn)
            return JsonRows.AllThere(plan, got.AsSpan(0, plan.Inputs.Count), "inputs", detail) ?? JsonRows.SameRows(exchange.Call.Inputs, plan, "inputs", detail);
        for (var i = 0; i < plan.Columns.Length; i++)
        {
            if (got[i]) continue;
            if (plan.Columns[i].Required) return Misfit.Name(detail, "inputs", "missing column", plan.Columns[i].Name, []);
            for (long row = 0, rows = sink.Rows; row < rows; row++)
            {
                sink.At(row);
                if (!sink.PutMissing(i)) return sink.Problem;
            }
        }
        return sink.Finish();
    }

    private bool One(ref JsonCursor json)
    {
        var input = new Input { Where = "inputs[" + count + "]", Name = "", Rank = -1, Port = -1, Column = -1, BinaryBytes = -1 };
        if (!json.Expect('{', $"an object in {input.Where}")) return false;
        if (!json.Take('}'))
            do
            {
                if (!json.Name(out var field)) return false;
                if (field.Is("name"u8))
                {
                    if (!Named(ref json, ref input)) return false;
                }
                else if (field.Is("shape"u8))
                {
                    if (!Shaped(ref json, ref input)) return false;
                }
                else if (field.Is("datatype"u8))
                {
                    if (!json.Text(out var type)) return false;
                    input.Datatype = Elements.OfOip(type.Raw);
                    if (input.Datatype is OnnxElement.Undefined) return json.Fail(Misfit.Name(ErrorDetail.Full, input.Where + ".datatype", "unknown datatype", type.ToString(), Datatypes));
                }
                else if (field.Is("parameters"u8))
                {
                    if (!Parameters(ref json, ref input)) return false;
                }
                else if (field.Is("data"u8))
                {
                    if (input.HasData) return json.Fail(Problem.Invalid($"{input.Where}: 'data' is there twice."));
                    input.HasData = true;
                    if (input.HasName && input.Rank >= 0 && input.Datatype is not (OnnxElement.Undefined or OnnxElement.String))
                    {
                        input.Taken = true;
                        if (!Take(ref json, ref input)) return false;
                        continue;
                    }
                    input.Data = json;
                    if (!json.Skip()) return false;
                }
                else if (!json.Skip()) return false;
            }
            while (json.More('}'));
        if (json.Problem is not null) return false;
        if (!input.HasName) return json.Fail(Problem.Invalid($"{input.Where}: 'name' is missing."));
        if (input.Rank < 0) return json.Fail(Problem.Invalid($"{input.Where}: 'shape' is missing."));
        if (input.Datatype is OnnxElement.Undefined) return json.Fail(Problem.Invalid($"{input.Where}: 'datatype' is missing; expected one of {string.Join(", ", Datatypes)}."));
        if (input.BinaryBytes >= 0) return !input.HasData ? Binary(ref json, ref input) : json.Fail(Problem.Invalid($"{input.Where}: has both 'data' and 'binary_data_size'; expected one of them."));
        if (!input.HasData) return json.Fail(Problem.Invalid($"{input.Where}: 'data' is missing."));
        if (input.Taken) return true;
        return Take(ref input.Data, ref input) || json.Fail(input.Data.Problem!);
    }

    /// <summary>The names of all datatypes.</summary>
    public static string[] Datatypes { get; } = ["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64", "BF16", "BYTES"];

    // A name is an input of the graph, a column of the signature, or, for the only input of both, anything.
    private bool Named(ref JsonCursor json, ref Input input)
    {
        if (!json.Text(out var text)) return false;
        if (input.HasName) return json.Fail(Problem.Invalid($"{input.Where}: 'name' is there twice."));
        if (text.Raw.Length > NameBytesMax) return json.Fail(Problem.Invalid($"{input.Where}.name: expected at most {NameBytesMax:N0} bytes, got {text.Raw.Length:N0}."));
        input.HasName = true;
        return Known(text.Escaped ? text.Bytes() ?? [] : text.Raw, ref input) is not { } problem || json.Fail(problem);
    }

    private Problem? Known(scoped ReadOnlySpan<byte> name, ref Input input)
    {
        input.Port = plan.Port(name);
        if (input.Port < 0 && plan.Named) input.Column = plan.Find(name, count);
        if (input.Port < 0 && input.Column < 0)
        {
            var text = System.Text.Encoding.UTF8.GetString(name);
            if (plan.Inputs.Count != 1 || count > 0)
                return Misfit.Name(detail, input.Where, "unknown input", text, plan.Signed && plan.Columns.Length > 0 ? plan.Names.Concat(JsonRows.Names(plan)).Distinct() : JsonRows.Names(plan));
            guessed = text;
            input.Port = 0;
        }
        // A column that is an input of its own is a tensor, unless others come as columns.
        if (input.Column < 0 && byColumn && plan.Named) (input.Column, input.Port) = (plan.Find(name, count), -1);
        input.Name = input.Column >= 0 ? plan.Columns[input.Column].Name : input.Port >= 0 ? plan.Inputs[input.Port].Name : "";
        if (input.Column >= 0 ? byTensor : byColumn) return Problem.Invalid($"{input.Where}: '{System.Text.Encoding.UTF8.GetString(name)}' is {(input.Column >= 0 ? "a column" : "an input of the graph")}, unlike those before it. Send either columns or the graph's inputs.");
        var position = input.Column >= 0 ? input.Column : input.Port;
        if (got[position]) return Problem.Invalid($"{input.Where}: the input '{input.Name}' is there twice.");
        got[position] = true;
        if (input.Column < 0)
        {
            byTensor = true;
            return null;
        }
        if (!byColumn) sink = new RowSink(plan, exchange.Call.Inputs, "inputs", detail);
        byColumn = true;
        return null;
    }

    private static bool Shaped(ref JsonCursor json, ref Input input)
    {
        if (input.Rank >= 0) return json.Fail(Problem.Invalid($"{input.Where}: 'shape' is there twice."));
        if (!json.Expect('[', $"an array of dimensions in {input.Where}.shape")) return false;
        input.Rank = 0;
        if (json.Take(']')) return true;
        do
        {
            if (input.Rank == TensorShape.RankMax) return json.Fail(Problem.Invalid($"{input.Where}.shape: expected at most {TensorShape.RankMax} dimensions, got more."));
            json.Next();
            var after = JsonNumber.Long(json.At, out var dimension);
            if (after == null || dimension < 0) return json.Fail(Problem.Invalid($"{input.Where}.shape[{input.Rank}]: expected an integer of 0 or more, got {json.Seen()}."));
            json.At = after;
            input.Shape[input.Rank++] = dimension;
        }
        while (json.More(']'));
        return json.Problem is null;
    }

    private static bool Parameters(ref JsonCursor json, ref Input input)
    {
        if (!json.Expect('{')) return false;
        if (json.Take('}')) return true;
        do
        {
            if (!json.Name(out var name)) return false;
            var at = json;
            if (!json.Skip()) return false;
            at.Next();
            if (name.Is("binary_data_size"u8))
            {
                if (JsonNumber.Long(at.At, out var bytes) == null || bytes < 0) return json.Fail(Problem.Invalid($"{input.Where}.parameters.binary_data_size: expected a number of bytes, got {at.Seen()}."));
                input.BinaryBytes = bytes;
            }
            else if (name.Is("content_type"u8) && at.Text(out var type)) input.ContentType = type.ToString();
        }
        while (json.More('}'));
        return json.Problem is null;
    }

    // The data of JSON, at the model's type.
    private bool Take(ref JsonCursor json, ref Input input)
    {
        if (input.Column >= 0) return Column(ref json, ref input);
        var given = input.Shape;
        if (Fit(plan.Inputs[input.Port], input.Datatype, ((ReadOnlySpan<long>)given)[..input.Rank], out var shape, out var rank, input.Where, detail) is { } unfit) return json.Fail(unfit);
        var batch = exchange.Call.Inputs;
        if (!JsonTensor.Read(ref json, batch, plan.Inputs[input.Port].Element, ((ReadOnlySpan<long>)given)[..input.Rank], exact: true, input.Port, input.Where + ".data", detail)) return false;
        ref var tensor = ref batch[batch.Count - 1];
        tensor.Rank = rank;
        tensor.Dimensions = shape;
        if (input.Datatype is OnnxElement.String && (input.ContentType ?? ContentType) is "base64") return BinaryTensors.Unbase64(ref tensor) || json.Fail(Misfit.Of(detail, input.Where + ".data", "base64", "other text"));
        return true;
    }

    private bool Column(ref JsonCursor json, ref Input input)
    {
        if (ColumnRows(ref input, out var rows) is { } unfit) return json.Fail(unfit);
        if (!json.Expect('[', $"an array in {input.Where}.data")) return false;
        long row = 0;
        if (!json.Take(']'))
            do
            {
                if (row == rows) return json.Fail(Misfit.Of(detail, input.Where + ".data", $"{rows:N0} values, as its shape says", "more"));
                sink.At(row++);
                if (!sink.Put(input.Column, ref json)) return json.Fail(sink.Problem ?? json.Problem!);
            }
            while (json.More(']'));
        return json.Problem is null && (row == rows || json.Fail(Misfit.Of(detail, input.Where + ".data", $"{rows:N0} values, as its shape says", $"{row:N0}")));
    }

    // The data behind the JSON.
    private bool Binary(ref JsonCursor json, ref Input input)
    {
        if (exchange.HeaderBytes < 0) return json.Fail(Problem.Invalid($"{input.Where}: 'binary_data_size' needs the header {OpenInference.HeaderLength}."));
        if (input.BinaryBytes > tailBytes) return json.Fail(Problem.Invalid($"{input.Where}: 'binary_data_size' is {input.BinaryBytes:N0}, and {tailBytes:N0} bytes are left of the body."));
        var bytes = new ReadOnlySpan<byte>(tail, (int)input.BinaryBytes);
        tail += input.BinaryBytes;
        tailBytes -= input.BinaryBytes;
        return Bytes(ref input, bytes) is not { } problem || json.Fail(problem);
    }

    /// <summary>An input whose elements are bytes, and come from elsewhere than JSON.</summary>
    public Problem? Add(scoped ReadOnlySpan<byte> name, OnnxElement datatype, scoped ReadOnlySpan<long> shape, scoped ReadOnlySpan<byte> bytes)
    {
        var input = new Input { Where = "inputs[" + count + "]", Name = "", Rank = shape.Length, Port = -1, Column = -1, Datatype = datatype };
        shape.CopyTo(input.Shape);
        var problem = Known(name, ref input) ?? Bytes(ref input, bytes);
        count++;
        return problem;
    }

    private Problem? Bytes(ref Input input, scoped ReadOnlySpan<byte> bytes)
    {
        if (input.Column >= 0)
            return ColumnRows(ref input, out var rows) ?? BinaryTensors.Column(ref sink, input.Column, input.Datatype, rows, bytes, input.Where, detail);
        var given = input.Shape;
        return Fit(plan.Inputs[input.Port], input.Datatype, ((ReadOnlySpan<long>)given)[..input.Rank], out var shape, out var rank, input.Where, detail)
            ?? BinaryTensors.Add(exchange.Call.Inputs, input.Datatype, plan.Inputs[input.Port].Element, ((ReadOnlySpan<long>)shape)[..rank], input.Port, bytes, input.Where, detail);
    }

    /// <summary>Whether an input of the request will do for one of the graph, and with which shape.</summary>
    public static Problem? Fit(TensorSpec spec, OnnxElement datatype, scoped ReadOnlySpan<long> given, out TensorShape shape, out int rank, string where, ErrorDetail detail)
    {
        shape = default;
        rank = given.Length;
        if (!Converts(datatype, spec.Element)) return Misfit.Of(detail, where + ".datatype", spec.Element.Oip(), datatype.Oip());
        given.CopyTo(shape);
        if (spec.Shape is [_, 1] && rank == 1) (shape[1], rank) = (1, 2);
        else if (spec.Shape.Length == 1 && given is [_, 1]) rank = 1;
        return JsonTensor.Fits(((ReadOnlySpan<long>)shape)[..rank], spec.Shape) ? null : Misfit.Of(detail, where + ".shape", Elements.Shape(spec.Shape), Elements.Shape(given));
    }

    private readonly Problem? ColumnRows(ref Input input, out long rows)
    {
        var given = input.Shape;
        rows = input.Rank == 0 ? 1 : given[0];
        return input.Rank == 1 || (input.Rank == 2 && given[1] == 1) ? null : Misfit.Of(detail, input.Where + ".shape", "[rows] or [rows, 1] for a column", Elements.Shape(((ReadOnlySpan<long>)given)[..input.Rank]));
    }

    // Only precision may be lost.
    private static bool Converts(OnnxElement from, OnnxElement to) => from == to || (to.IsFloat() && (from.IsFloat() || from.IsInteger())) || (to.IsInteger() && from.IsInteger());
}
