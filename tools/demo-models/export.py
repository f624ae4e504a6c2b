"""Writes trained weights as models/demo-yolo/model.onnx, in the layout of YOLOv5's own export.

Input `images` f32 [batch, 3, 320, 320], RGB 0..1; output `output0` f32 [batch, 6300, 8], decoded; the metadata
keys `stride` and `names`. Only the batch axis is free.
"""

import argparse
import warnings
from pathlib import Path

import onnx
import torch
from torch import nn

from network import ANCHORS, NAMES, ROW, SIDE, STRIDES, Detector, decode


class Decoded(nn.Module):
    def __init__(self, detector: Detector):
        super().__init__()
        self.detector = detector

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return decode(self.detector(images))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()

    # The anchors and the cells become constants of the file: meant, so the tracer need not warn of it.
    warnings.simplefilter("ignore", torch.jit.TracerWarning)
    detector = Detector()
    detector.load_state_dict(torch.load(options.weights))
    torch.onnx.export(
        Decoded(detector).eval(),
        torch.zeros(1, 3, SIDE, SIDE),
        str(options.out),
        opset_version=12,
        input_names=["images"],
        output_names=["output0"],
        dynamic_axes={"images": {0: "batch"}, "output0": {0: "batch"}},
    )
    model = onnx.load(str(options.out))
    # The tracer leaves these two without a figure, and a server may want to know them before it runs the model.
    rows = sum(len(sides) * (SIDE // stride) ** 2 for sides, stride in zip(ANCHORS, STRIDES))
    for dimension, figure in zip(model.graph.output[0].type.tensor_type.shape.dim[1:], (rows, ROW)):
        dimension.dim_value = figure
    for key, value in (("stride", str(max(STRIDES))), ("names", str(dict(enumerate(NAMES))))):
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model)
    onnx.save(model, str(options.out))
    print(f"{options.out}: {options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
