"""dlib's face recognition network to ONNX: dlib_to_onnx.py IN.dat OUT.onnx (needs PyPI numpy and onnx).

The file names each layer before its numbers, from the picture's side on. The scales and shifts that follow a convolution are folded into
it, and the weights are kept as bytes with a scale for each filter, which is a quarter of the size."""
import re
import sys

import numpy as np
import onnx
from onnx import TensorProto as T, helper as H, numpy_helper as NH

source, target = sys.argv[1:3]
data = open(source, "rb").read()
layers = [(m.group().decode(), m.end()) for m in re.finditer(
    rb"con_4|affine_(?!con)|avg_pool_2|add_prev_1|fc_no_bias_2|fc_2|relu_1|max_pool_2", data)]


def whole(at):
    """A whole number: how many bytes, and then those."""
    count = data[at] & 0x0F
    return int.from_bytes(data[at + 1:at + 1 + count], "little"), at + 1 + count


def numbers(at, count):
    """The tensor of so many numbers that comes next: version 2, its four sides, and the floats."""
    for start in range(at, at + 200):
        place, sides = start, []
        for _ in range(5):
            side, place = whole(place)
            sides.append(side)
        if sides[0] == 2 and np.prod(sides[1:]) == count and all(0 < side <= count for side in sides[1:]):
            return np.frombuffer(data, "<f4", count, place).copy()
    raise SystemExit(f"no tensor of {count} numbers after {at}")


nodes, weights = [], []


def keep(name, array):
    weights.append(NH.from_array(np.ascontiguousarray(array), name))
    return name


def add(op, inputs, **attributes):
    name = f"v{len(nodes)}"
    nodes.append(H.make_node(op, inputs, [name], **attributes))
    return name


def small(name, array):
    """Weights as bytes, with a scale for each filter."""
    flat = np.abs(array.reshape(len(array), -1)).max(axis=1)
    scale = (np.maximum(flat, 1e-12) / 127).astype(np.float32)
    shape = (-1,) + (1,) * (array.ndim - 1)
    as_bytes = np.clip(np.round(array / scale.reshape(shape)), -127, 127).astype(np.int8)
    zero = np.zeros(len(array), np.int8)
    return add("DequantizeLinear",
               [keep(name, as_bytes), keep(name + "_scale", scale), keep(name + "_zero", zero)], axis=0)


def convolve(x, at, gamma_at, filters, channels, side, stride):
    count = filters * channels * side * side
    read = numbers(at, count + filters)
    kernel, bias = read[:count].reshape(filters, channels, side, side), read[count:]
    gamma, beta = numbers(gamma_at, 2 * filters).reshape(2, filters)
    kernel = kernel * gamma.reshape(-1, 1, 1, 1)
    name = f"w{len(weights)}"
    pad = side // 2 if stride == 1 else 0
    return add("Conv", [x, small(name, kernel), keep(name + "_bias", bias * gamma + beta)],
               kernel_shape=[side, side], strides=[stride, stride], pads=[pad] * 4)


def padded(x, more):
    """More channels, rows and columns of zeros at the end."""
    if not any(more):
        return x
    return add("Pad", [x, keep(f"p{len(weights)}", np.array([0] * 5 + list(more), np.int64))])


x = add("Sub", ["face", keep("mean", np.array([122.782, 117.001, 104.298], np.float32).reshape(1, 3, 1, 1))])
x = add("Div", [x, keep("span", np.array(256, np.float32))])
layers = [layer for layer in layers if not layer[0].startswith("relu")]
place = 0


def convolution():
    global place
    (one, at), (two, gamma_at) = layers[place:place + 2]
    assert one.startswith("con") and two.startswith("affine"), (one, two)
    place += 2
    return at, gamma_at


x = add("Relu", [convolve(x, *convolution(), 32, 3, 7, 2)])
assert layers[place][0] == "max_pool_2"
place += 1
x = add("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2])
side, channels = 35, 32
for filters, downs in [(32, 0), (32, 0), (32, 0), (64, 1), (64, 0), (64, 0), (64, 0), (128, 1), (128, 0), (128, 0),
                       (256, 1), (256, 0), (256, 0), (256, 1)]:
    stride = 2 if downs else 1
    y = add("Relu", [convolve(x, *convolution(), filters, channels, 3, stride)])
    y = convolve(y, *convolution(), filters, filters, 3, 1)
    if downs:
        assert layers[place][0] == "avg_pool_2", layers[place]
        place += 1
        x = add("AveragePool", [x], kernel_shape=[2, 2], strides=[2, 2])
        pooled, turned = (side - 2) // 2 + 1, (side - 3) // 2 + 1
        x = padded(x, (filters - channels, 0, 0))
        y = padded(y, (0, pooled - turned, pooled - turned))
        side = pooled
    assert layers[place][0] == "add_prev_1", layers[place]
    place += 1
    x, channels = add("Relu", [add("Add", [x, y])]), filters
assert layers[place][0] == "avg_pool_2"
full = numbers(layers[place + 1][1], 256 * 128).reshape(256, 128)
x = add("Flatten", [add("GlobalAveragePool", [x])])
nodes.append(H.make_node("Gemm", [x, small("full", full.T)], ["likeness"], transB=1))
graph = H.make_graph(nodes, "face_likeness", [H.make_tensor_value_info("face", T.FLOAT, [1, 3, 150, 150])],
                     [H.make_tensor_value_info("likeness", T.FLOAT, [1, 128])], weights)
model = H.make_model(graph, opset_imports=[H.make_opsetid("", 13)], ir_version=8)
onnx.checker.check_model(model)
onnx.save(model, target)
