"""Turns a checkpoint of YOLOv5, YOLOv8, YOLO11 or Detectron2's RetinaNet into ONNX with free axes.

    python export.py best.pt --out model.onnx
    python export.py model_final.pth --config config.yaml --out model.onnx

Nothing in the checkpoint is run (see checkpoint.py). The written file is run at sizes that it was not traced with and
compared with PyTorch; a file that differs is not kept. What the checkpoint says of itself goes to standard output as one
line of JSON, everything else to standard error. Exit status 2 means that the checkpoint cannot be exported, and why is the last line.
"""

import argparse
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from checkpoint import read_checkpoint
from detectron_config import read_config
from retinanet import read_retinanet
from yolo import read_yolo

# 17 is what onnxruntime of the last years reads everywhere, and all that these graphs need.
OPSET = 17
# Of scores, and of boxes in pixels: float32 adds up in another order in the two runtimes.
TOLERANCE_SCORE, TOLERANCE_PIXELS = 2e-3, 0.1


def main() -> int:
    options = parse()
    warnings.filterwarnings("ignore")
    torch.manual_seed(0)
    try:
        checkpoint = read_checkpoint(options.weights)
        if not isinstance(checkpoint, dict):
            raise ValueError("the file is no checkpoint of a detector")
        is_yolo = "ema" in checkpoint or isinstance(checkpoint.get("model"), torch.nn.Module)
        network, facts = read_yolo(checkpoint) if is_yolo else read_retinanet(checkpoint, read_config(options.config))
        if options.classes is not None and options.classes != facts["classes"]:
            raise ValueError(f"the model tells {facts['classes']} classes apart, and {options.classes} were expected")
        export_yolo(network, facts, options.out) if is_yolo else export_retinanet(network, options.out)
        worst = compare(network, options.out, is_yolo, facts.get("stride", 32))
    except ValueError as error:
        options.out.unlink(missing_ok=True)
        print(error, file=sys.stderr)
        return 2
    print(f"compared with PyTorch: scores differ by at most {worst[0]:.1e}, boxes by {worst[1]:.1e} px", file=sys.stderr)
    print(json.dumps(facts))
    return 0


def parse():
    parser = argparse.ArgumentParser(description="Turns a checkpoint into ONNX with free axes.")
    parser.add_argument("weights", type=Path)
    parser.add_argument("--config", type=Path, help="Detectron2's configuration of this checkpoint")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--classes", type=int, help="how many classes the head is expected to have")
    return parser.parse_args()


def export_yolo(network, facts, out: Path) -> None:
    is_v5 = facts["format"] == "yolov5"
    rows = {0: "batch", 1: "anchors"} if is_v5 else {0: "batch", 2: "anchors"}
    axes = {"images": {0: "batch", 2: "height", 3: "width"}, "output0": rows}
    write(network, torch.zeros(1, 3, 256, 320), out, ["images"], ["output0"], axes)
    names = str(dict(enumerate(facts["names"])))
    # Which axis holds the values, and how many they are: the tracer leaves both without a figure.
    values = (2, facts["classes"] + 5) if is_v5 else (1, facts["classes"] + 4)
    describe(out, {"stride": str(facts["stride"]), "names": names, "task": "detect"}, values)


def export_retinanet(network, out: Path) -> None:
    outputs = ["pred_boxes", "pred_classes", "scores", "image_size"]
    axes = {"image": {1: "height", 2: "width"}, **{name: {0: "found"} for name in outputs[:3]}}
    write(network, torch.rand(3, 256, 320) * 255, out, ["image"], outputs, axes)
    describe(out, {"task": "detect"})


def write(network, sample, out: Path, inputs, outputs, axes) -> None:
    with torch.no_grad():
        torch.onnx.export(
            network, (sample,), str(out), opset_version=OPSET, dynamo=False, do_constant_folding=True,
            input_names=inputs, output_names=outputs, dynamic_axes=axes,
        )  # fmt: skip


def describe(out: Path, properties: dict[str, str], values: tuple[int, int] | None = None) -> None:
    model = onnx.load(str(out))
    if values is not None:
        axis, size = values
        model.graph.output[0].type.tensor_type.shape.dim[axis].dim_value = size
    for key, value in properties.items():
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model)
    onnx.save(model, str(out))


def compare(network, out: Path, is_yolo: bool, stride: int) -> tuple[float, float]:
    session = onnxruntime.InferenceSession(str(out), providers=["CPUExecutionProvider"])
    sizes = ((2, 3 * stride, 5 * stride), (1, 6 * stride, 4 * stride)) if is_yolo else ((0, 231, 330), (0, 192, 160))
    worst = [0.0, 0.0]
    for batch, height, width in sizes:
        image = torch.rand(batch, 3, height, width) if is_yolo else torch.rand(3, height, width) * 255
        with torch.no_grad():
            expected = network(image)
        found = session.run(None, {session.get_inputs()[0].name: image.numpy()})
        for index, difference in enumerate(differences(expected, found, is_yolo)):
            worst[index] = max(worst[index], difference)
    if worst[0] > TOLERANCE_SCORE or worst[1] > TOLERANCE_PIXELS:
        raise ValueError(f"the exported file differs from PyTorch by {worst[0]:.2g} in scores, {worst[1]:.2g} px in boxes")
    return worst[0], worst[1]


def differences(expected, found, is_yolo: bool):
    """Largest difference of scores, and of boxes."""
    if is_yolo:
        expected, found = expected.numpy(), found[0]
        if expected.shape != found.shape:
            raise ValueError(f"the exported file gives {found.shape} where PyTorch gives {expected.shape}")
        # Rows of YOLOv5 are [.., anchors, values], of the later ones [.., values, anchors].
        if expected.shape[1] > expected.shape[2]:
            expected, found = expected.swapaxes(1, 2), found.swapaxes(1, 2)
        gap = np.abs(expected - found)
        return float(gap[:, 4:].max()), float(gap[:, :4].max())
    boxes, classes, scores = (part.numpy() for part in expected[:3])
    # Boxes of nearly one score may change places, so each is compared with its nearest of the same class.
    gaps = np.abs(boxes[:, None] - found[0][None]).max(2, initial=0)
    gaps[classes[:, None] != found[1][None]] = np.inf
    nearest = gaps.argmin(1) if gaps.size > 0 else np.zeros(0, int)
    gap = gaps[np.arange(len(nearest)), nearest]
    same = gap < 1
    if len(boxes) != len(found[0]) or np.count_nonzero(same) < len(boxes) * 0.98:
        raise ValueError(
            f"the exported file finds {len(found[0])} boxes where PyTorch finds {len(boxes)}, {np.count_nonzero(same)} the same"
        )
    return float(np.abs(scores - found[2][nearest])[same].max(initial=0)), float(gap[same].max(initial=0))


if __name__ == "__main__":
    sys.exit(main())
