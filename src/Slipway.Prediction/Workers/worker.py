"""Slipway's worker: loads one MLflow python_function model and answers runs over a Unix socket.

It needs Python 3.8 and nothing else; numpy and pandas are used where they are there. A frame is the length of its header (4 bytes) and of its body (8 bytes), little-endian,
then the header as JSON and the body: the tensors that the header describes, one after the other, as the Open Inference Protocol's binary tensors.
"""
import array
import importlib
import json
import os
import pickle
import re
import socket
import struct
import sys
import traceback

try:
    import numpy as np
except ImportError:
    np = None
try:
    import pandas as pd
except Exception:  # one that does not fit its numpy says so in many ways
    pd = None

HEADER_MAX = 64 << 20
NUMBERS = {"BOOL": ("?", "B"), "UINT8": ("u1", "B"), "UINT16": ("<u2", "H"), "UINT32": ("<u4", "I"), "UINT64": ("<u8", "Q"), "INT8": ("i1", "b"), "INT16": ("<i2", "h"),
           "INT32": ("<i4", "i"), "INT64": ("<i8", "q"), "FP16": ("<f2", "e"), "FP32": ("<f4", "f"), "FP64": ("<f8", "d")}
OF_MLFLOW = {"double": "FP64", "float": "FP32", "long": "INT64", "integer": "INT32", "boolean": "BOOL", "string": "BYTES", "binary": "BYTES", "datetime": "BYTES"}
OF_NUMPY = {"bool": "BOOL", "float16": "FP16", "float32": "FP32", "float64": "FP64", "int8": "INT8", "int16": "INT16", "int32": "INT32", "int64": "INT64", "uint8": "UINT8",
            "uint16": "UINT16", "uint32": "UINT32", "uint64": "UINT64"}


# Frames

def receive(connection, count):
    whole = bytearray(count)
    view, got = memoryview(whole), 0
    while got < count:
        more = connection.recv_into(view[got:], min(count - got, 1 << 20))
        if more == 0:
            raise EOFError
        got += more
    return whole


def read_frame(connection):
    header_bytes, body_bytes = struct.unpack("<IQ", receive(connection, 12))
    if header_bytes > HEADER_MAX:
        raise ValueError("a header of %d bytes" % header_bytes)
    return json.loads(bytes(receive(connection, header_bytes)).decode("utf-8")), receive(connection, body_bytes)


def write_frame(connection, header, parts=()):
    text = json.dumps(header).encode("utf-8")
    connection.sendall(struct.pack("<IQ", len(text), sum(len(part) for part in parts)) + text)
    for part in parts:
        connection.sendall(part)


# Tensors in

def texts_of(body):
    found, at = [], 0
    while at < len(body):
        (length,) = struct.unpack_from("<I", body, at)
        found.append(bytes(body[at + 4:at + 4 + length]))
        at += 4 + length
    return found


def nested(flat, shape):
    for size in reversed(shape[1:]):
        flat = [flat[i:i + size] for i in range(0, len(flat), size)] if size else []
    return flat


def tensor_of(description, body):
    shape, kind = description["shape"], description["datatype"]
    if kind == "BYTES":
        values = [text.decode("utf-8", "surrogateescape") for text in texts_of(body)]
        if np is None:
            return nested(values, shape)
        made = np.empty(len(values), dtype=object)
        made[:] = values
        return made.reshape(shape)
    if np is not None:
        return np.frombuffer(body, dtype=NUMBERS[kind][0]).reshape(shape)
    values = array.array(NUMBERS[kind][1]) if kind != "FP16" else None
    if values is None:
        return nested(list(struct.unpack("<%de" % (len(body) // 2), body)), shape)
    values.frombytes(bytes(body))
    return nested([one != 0 for one in values] if kind == "BOOL" else list(values), shape)


# Tensors out

def text_of(value):
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if value is None:
        return b""
    if hasattr(value, "isoformat"):
        return value.isoformat().encode("utf-8")
    return json.dumps(value, default=plain).encode("utf-8")


def plain(value):
    for name in ("tolist", "isoformat"):
        if hasattr(value, name):
            return getattr(value, name)()
    return str(value)


def texts_tensor(name, values, shape):
    texts = [text_of(one) for one in values]
    return {"name": name, "datatype": "BYTES", "shape": shape}, b"".join(struct.pack("<I", len(one)) + one for one in texts)


def array_tensor(name, value, wanted=None):
    """One output with numpy."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    elif hasattr(value, "toarray"):
        value = value.toarray()
    if pd is not None and isinstance(value, (pd.Series, pd.Categorical, pd.Index)):
        value = value.to_numpy()
    try:
        found = np.asarray(value)
    except ValueError:  # rows of different lengths
        found = None
    if found is None:
        made = np.empty(len(value), dtype=object)
        made[:] = list(value)
        found = made
    if found.ndim == 0:
        found = found.reshape(1)
    if found.dtype.kind == "M":
        return texts_tensor(name, np.datetime_as_string(found).ravel().tolist(), list(found.shape))
    if found.dtype.kind == "O":
        numbers = numbers_of(found)
        if numbers is None:
            return texts_tensor(name, found.ravel().tolist(), list(found.shape))
        found = numbers
    if found.dtype.kind in "US":
        return texts_tensor(name, found.ravel().tolist(), list(found.shape))
    kind = OF_NUMPY.get(found.dtype.newbyteorder("=").name)
    if kind is None:
        found, kind = found.astype("<f8"), "FP64"
    if wanted is not None and wanted != kind and wanted in NUMBERS:
        if not np.can_cast(found.dtype, np.dtype(NUMBERS[wanted][0]), "same_kind") and not (kind.startswith(("INT", "UINT", "BOOL")) and wanted.startswith("FP")):
            raise RuntimeError("the output '%s' is %s now, and was %s when the model was loaded" % (name, kind, wanted))
        kind = wanted
    found = np.ascontiguousarray(found, dtype=NUMBERS[kind][0])
    return {"name": name, "datatype": kind, "shape": list(found.shape)}, memoryview(found).cast("B") if found.size else b""


def numbers_of(found):
    flat = found.ravel().tolist()
    if not flat or not all(one is None or isinstance(one, (int, float)) for one in flat) or all(one is None for one in flat):
        return None
    if all(isinstance(one, bool) for one in flat):
        return found.astype(bool)
    return found.astype("<i8") if all(isinstance(one, int) for one in flat) and all(-2**63 <= one < 2**63 for one in flat) else found.astype("<f8")


def shape_of(value):
    if not isinstance(value, (list, tuple)):
        return []
    shapes = [shape_of(one) for one in value]
    return [len(value)] + (shapes[0] if shapes and all(one == shapes[0] for one in shapes) else [])


def list_tensor(name, value, wanted=None):
    """One output without numpy: lists of numbers or texts, nested or flat."""
    flat = value if isinstance(value, (list, tuple)) else [value]
    shape = shape_of(flat)
    for _ in shape[1:]:
        flat = [one for row in flat for one in row]
    if flat and all(isinstance(one, bool) for one in flat):
        kind = "BOOL"
    elif flat and all(isinstance(one, int) for one in flat):
        kind = "INT64"
    elif all(isinstance(one, (int, float)) for one in flat):
        kind = "FP64"
    else:
        return texts_tensor(name, flat, shape)
    if wanted in NUMBERS and wanted.startswith("FP"):
        kind = wanted
    return {"name": name, "datatype": kind, "shape": shape}, struct.pack("<%d%s" % (len(flat), "?" if kind == "BOOL" else NUMBERS[kind][1]), *flat)


def named(result):
    """An answer as pairs of name and value."""
    if pd is not None and isinstance(result, pd.DataFrame):
        return [(str(name), result.iloc[:, i]) for i, name in enumerate(result.columns)]
    if isinstance(result, dict):
        return [(str(name), value) for name, value in result.items()]
    if isinstance(result, tuple) and np is not None and all(isinstance(one, np.ndarray) for one in result):
        return [("predictions" if i == 0 else "predictions_%d" % i, value) for i, value in enumerate(result)]
    if isinstance(result, list) and result and all(isinstance(one, dict) for one in result) and all(one.keys() == result[0].keys() for one in result):
        return [(str(name), [one[name] for one in result]) for name in result[0]]
    return [("predictions", result)]


def encode(result, specs=None):
    pairs = named(result)
    if specs is not None and [name for name, _ in pairs] != [spec["name"] for spec in specs]:
        if len(pairs) == 1 and len(specs) == 1:
            pairs = [(specs[0]["name"], pairs[0][1])]
        else:
            raise RuntimeError("the model answers %s now, and answered %s when it was loaded" % ([name for name, _ in pairs], [spec["name"] for spec in specs]))
    make = list_tensor if np is None else array_tensor
    made = [make(name, value, specs[i]["datatype"] if specs is not None else None) for i, (name, value) in enumerate(pairs)]
    if specs is not None:
        made = [texts_again(part, spec) for part, spec in zip(made, specs)]
    return made


def texts_again(part, spec):
    description, body = part
    if spec["datatype"] == "BYTES" and description["datatype"] != "BYTES":
        values = tensor_of(description, body)
        return texts_tensor(description["name"], values.ravel().tolist() if np is not None else values, description["shape"])
    if spec["datatype"] != "BYTES" and description["datatype"] == "BYTES":
        raise RuntimeError("the output '%s' is text now, and was %s when the model was loaded" % (description["name"], spec["datatype"]))
    return part


# The model

class Context:
    """What a model of one's own is given: the paths of its artifacts."""

    def __init__(self, artifacts, config):
        self.artifacts, self.model_config = artifacts, config


def unpickle(path):
    try:
        import cloudpickle as reader
    except ImportError:
        reader = pickle
    try:
        with open(path, "rb") as file:
            return reader.load(file)
    except (pickle.UnpicklingError, EOFError):
        import joblib  # scikit-learn's other way of writing
        return joblib.load(path)


def load(folder, mlmodel):
    """The model's function, how it was loaded, and the object itself where there is one."""
    flavors = mlmodel["flavors"]
    flavor = flavors["python_function"]
    if flavor.get("code"):
        sys.path.insert(0, os.path.join(folder, flavor["code"]))
    try:
        import mlflow.pyfunc
    except ImportError:
        mlflow = None
    if mlflow is not None:
        model = mlflow.pyfunc.load_model(folder)
        return model.predict, "mlflow %s" % mlflow.__version__, getattr(getattr(model, "_model_impl", None), "sklearn_model", None)
    module = flavor.get("loader_module") or ""
    if module == "mlflow.sklearn":
        own = flavors.get("sklearn", {})
        path = os.path.join(folder, flavor.get("model_path") or flavor.get("data") or own.get("pickled_model") or "model.pkl")
        model = unpickle(path)
        return getattr(model, flavor.get("predict_fn") or "predict"), "pickle", model
    if module == "mlflow.pyfunc.model":
        model = unpickle(os.path.join(folder, flavor.get("python_model") or "python_model.pkl"))
        artifacts = {name: os.path.join(folder, one["path"]) for name, one in (flavor.get("artifacts") or {}).items()}
        context = Context(artifacts, flavor.get("config") or {})
        if hasattr(model, "load_context"):
            model.load_context(context)
        takes = model.predict.__code__.co_argcount if hasattr(model.predict, "__code__") else 3
        return (lambda values: model.predict(context, values)) if takes > 2 else model.predict, "python_model", model
    if not module:
        raise ImportError("the flavor python_function names no loader_module")
    model = importlib.import_module(module)._load_pyfunc(os.path.join(folder, flavor["data"]) if flavor.get("data") else folder)
    return model.predict, module, model


def columns_of(mlmodel, which):
    text = (mlmodel.get("signature") or {}).get(which)
    return json.loads(text) if text else []


def specs_of(columns):
    """A signature's columns or tensors as the protocol describes them; None where it has something else (objects, arrays)."""
    found = []
    for i, column in enumerate(columns):
        name = column.get("name") or ("input" if len(columns) == 1 else "input_%d" % i)
        tensor = column.get("tensor-spec")
        kind = OF_NUMPY.get(tensor["dtype"], "BYTES") if tensor else OF_MLFLOW.get(column.get("type"))
        if kind is None:
            return None
        found.append({"name": name, "datatype": kind, "shape": tensor["shape"] if tensor else [-1]})
    return found


class Model:
    def __init__(self, folder, mlmodel):
        self.predict, self.how, held = load(folder, mlmodel)
        self.columns = columns_of(mlmodel, "inputs")
        self.inputs = specs_of(self.columns)
        self.tabular = bool(self.columns) and not any("tensor-spec" in column for column in self.columns)
        if not self.inputs:
            self.inputs, self.tabular = self.guess(held)
        self.outputs = None
        self.outputs = self.probe(specs_of(columns_of(mlmodel, "outputs")))

    @staticmethod
    def guess(held):
        names = getattr(held, "feature_names_in_", None)
        if names is not None:
            return [{"name": str(name), "datatype": "FP64", "shape": [-1]} for name in names], True
        return [{"name": "input", "datatype": "FP64", "shape": [-1, int(getattr(held, "n_features_in_", -1))]}], False

    def values(self, tensors):
        if self.tabular:
            flat = {name: value.reshape(-1) if np is not None else [one[0] if isinstance(one, list) else one for one in value] for name, value in tensors.items()}
            for column in self.columns:
                name = column.get("name")
                if column.get("type") == "datetime" and pd is not None:
                    flat[name] = pd.to_datetime(flat[name])
                elif column.get("type") == "binary":
                    flat[name] = [one.encode("utf-8", "surrogateescape") for one in flat[name]]
            return pd.DataFrame(flat) if pd is not None else flat
        return next(iter(tensors.values())) if len(tensors) == 1 else tensors

    def run(self, tensors):
        return encode(self.predict(self.values(tensors)), self.outputs)

    def probe(self, said):
        """What comes out, learned from one row of zeros; where the model does not take that, what the signature says."""
        try:
            row = {}
            for spec in self.inputs:
                shape = [1 if size < 0 else size for size in spec["shape"]]
                count = 1
                for size in shape:
                    count *= size
                column = next((one for one in self.columns if one.get("name") == spec["name"]), {})
                body = b"\0\0\0\0" * count if spec["datatype"] == "BYTES" else bytes(count * struct.calcsize("<" + NUMBERS[spec["datatype"]][1]))
                if column.get("type") == "datetime":
                    body = (struct.pack("<I", 10) + b"1970-01-01") * count
                row[spec["name"]] = tensor_of({"shape": shape, "datatype": spec["datatype"]}, body)
            return [{"name": one["name"], "datatype": one["datatype"], "shape": [-1] + one["shape"][1:]} for one, _ in self.run(row)]
        except Exception:
            print("The model does not take a row of zeros, so that its outputs are what its signature says:", traceback.format_exc(), file=sys.stderr, flush=True)
            if said:
                for i, spec in enumerate(said):
                    if spec["name"].startswith("input"):
                        spec["name"] = "predictions" if i == 0 else "predictions_%d" % i
            return said or [{"name": "predictions", "datatype": "FP64", "shape": [-1]}]


# The environment

def release(version):
    return tuple(int(one) for one in re.findall(r"\d+", version.split("+")[0])[:4])


def holds(found, operator, wanted):
    have, want = release(found), release(wanted.replace(".*", ""))
    size = max(len(have), len(want))
    left, right = have + (0,) * (size - len(have)), want + (0,) * (size - len(want))
    if operator in ("==", "==="):
        return have[:len(want)] == want if wanted.endswith(".*") else left == right
    if operator == "~=":
        return left >= right and have[:len(want) - 1] == want[:-1]
    return {"!=": left != right, ">=": left >= right, "<=": left <= right, ">": left > right, "<": left < right}[operator]


def differences(folder, mlmodel):
    from importlib import metadata
    found = []
    wanted = mlmodel["flavors"]["python_function"].get("python_version")
    here = "%d.%d.%d" % sys.version_info[:3]
    if wanted and release(str(wanted))[:2] != sys.version_info[:2]:
        found.append({"package": "python", "wanted": str(wanted), "found": here})
    try:
        with open(os.path.join(folder, "requirements.txt"), encoding="utf-8", errors="replace") as file:
            lines = file.read(1 << 20).splitlines()[:1000]
    except OSError:
        return found
    for line in lines:
        line = line.split("#")[0].strip()
        match = re.match(r"^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*([^;]*)(;.*)?$", line)
        if not match or line.startswith("-"):
            if line:
                found.append({"package": line[:200], "wanted": "what this line says", "found": "not looked at"})
            continue
        name, rest = match.group(1), match.group(2).strip()
        try:
            have = metadata.version(name)
        except metadata.PackageNotFoundError:
            if not match.group(3):
                found.append({"package": name, "wanted": rest or "any", "found": None})
            continue
        clauses = re.findall(r"(===|==|~=|!=|>=|<=|<|>)\s*([^,\s]+)", rest)
        if not all(holds(have, operator, version) for operator, version in clauses):
            found.append({"package": name, "wanted": rest, "found": have})
    return found


def last_line(error):
    return "".join(traceback.format_exception_only(type(error), error)).strip()[-2000:]


def serve(connection, model):
    while True:
        try:
            header, body = read_frame(connection)
        except EOFError:
            return
        if header["op"] == "ping":
            write_frame(connection, {"pong": True})
            continue
        try:
            tensors, at, view = {}, 0, memoryview(body)
            for description in header["inputs"]:
                size = description["parameters"]["binary_data_size"]
                tensors[description["name"]] = tensor_of(description, view[at:at + size])
                at += size
            made = model.run(tensors)
        except (ValueError, TypeError, KeyError) as error:
            traceback.print_exc()
            write_frame(connection, {"error": last_line(error), "status": 400})
        except Exception as error:
            traceback.print_exc()
            write_frame(connection, {"error": last_line(error), "status": 500})
        else:
            for description, part in made:
                description["parameters"] = {"binary_data_size": len(part)}
            write_frame(connection, {"outputs": [description for description, _ in made]}, [part for _, part in made])


def main():
    with open(os.path.join("in", "worker.json"), encoding="utf-8") as file:
        plan = json.load(file)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(os.path.join("in", "s"))
    try:
        different = differences(plan["model"], plan["mlmodel"])
        model = Model(plan["model"], plan["mlmodel"])
    except BaseException as error:
        traceback.print_exc()
        write_frame(connection, {"error": last_line(error), "status": 500})
        sys.exit(3)
    write_frame(connection, {"python": "%d.%d.%d" % sys.version_info[:3], "loaded_by": model.how, "inputs": model.inputs, "outputs": model.outputs, "differences": different})
    serve(connection, model)


if __name__ == "__main__":
    main()
